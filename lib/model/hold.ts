/** A hold: a person's word that nothing changes one account for some hours. */
import type { Origin } from "./run.ts";

/** A hold is for emergencies, and must not become a rule that nobody sees. */
export const MAX_HOLD_HOURS = 72;

export interface Hold {
  readonly directory: string;
  /** The vendor's, of the account. */
  readonly id: string;
  /** As it was when the hold was made. */
  readonly username: string;
  readonly reason: string;
  readonly by: Origin;
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601. */
  readonly until: string;
}

/** One line of what people did with holds on an account. */
export interface HoldRecord extends Pick<Hold, "by" | "at"> {
  readonly did: "held" | "ended";
  /** Of a hold that was made. */
  readonly reason?: string;
  readonly until?: string;
}

/** One plain clause for people. */
export const describeHold = ({ until, reason, by, at }: Pick<Hold, "until" | "reason" | "by" | "at">): string =>
  `it is held until ${until}: ${reason} (${by.by}, ${at})`;
