/** The kill switch over time: who stopped changes or allowed them again, and since when that is on record. */
import type { Origin } from "./run.ts";

/** One turn of the kill switch. */
export interface SwitchTurn {
  /** `true`: changes were stopped. */
  readonly halted: boolean;
  /** Of a stop. */
  readonly reason?: string;
  readonly by: Origin;
  /** ISO 8601. */
  readonly at: string;
}

/** What is on record of one switch. */
export interface SwitchHistory {
  /** Oldest first. */
  readonly turns: readonly SwitchTurn[];
  /** Turns before this one are not on record: an earlier version kept the last one alone. Absent: all are. */
  readonly firstKnown?: SwitchTurn;
}
