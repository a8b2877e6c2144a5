/** A plan as people decide on it: what a sweep would change in one directory, and what became of that. */
import { isInFuture } from "./clock-skew.ts";
import { omitUndefined } from "./omit-undefined.ts";
import type { Mode, Origin } from "./run.ts";

/** `waiting` for a person; `approved`: its changes are being made; the others are ends. */
export const PLAN_STATUSES = ["waiting", "approved", "applied", "rejected", "expired", "superseded", "stale"] as const;

/** `stale`: the policy or the population has changed since; `superseded`: a newer sweep made a newer plan. */
export type PlanStatus = (typeof PLAN_STATUSES)[number];

/** What one run wants to change in one directory. */
export interface PlanRecord {
  readonly run: string;
  readonly directory: string;
  /** SHA-256 over its changes with the facts they rest on: what an approval names. */
  readonly hash: string;
  readonly status: PlanStatus;
  /** Hash of the policy that it was made by. */
  readonly policy: string;
  readonly mode: Mode;
  /** Changes that nobody has tried. */
  readonly changes: number;
  /** Subjects read when it was made. */
  readonly read: number;
  /** Names the attempt that counts of each step that planned, by the step's number. */
  readonly authors: readonly string[];
  /** The run whose changes it undoes; absent: it is what the rules call for. */
  readonly undoes?: string;
  /** Who started the run. */
  readonly origin: Origin;
  /** ISO 8601. */
  readonly madeAt: string;
  /** ISO 8601: from then on nobody can approve it. */
  readonly expiresAt: string;
  readonly decision?: PlanDecision;
  /** The run that made its changes, or tried to. */
  readonly appliedBy?: string;
  /** One plain clause on how it ended, or why it waits again. */
  readonly why?: string;
}

/** What a run is to plan the undoing of, instead of what the rules call for. */
export interface UndoOrder {
  /** The run whose changes are to be put back. */
  readonly run: string;
  /** Only that of this account, by the vendor's id. */
  readonly account?: string;
}

/** What the world outside is told when a plan has come to a status. Whoever hears of it twice knows it by run, directory and status. */
export interface PlanChanged
  extends Pick<PlanRecord, "run" | "directory" | "status" | "hash" | "changes" | "expiresAt" | "why"> {
  /** Who decided, where somebody did. */
  readonly by?: string;
}

/** Who approved or rejected a plan. */
export interface PlanDecision extends Origin {
  /** ISO 8601. */
  readonly at: string;
  /** What the person said of it. */
  readonly note?: string;
}

/** Where a plan stands, and how it came there. */
export type PlanStanding = Pick<PlanRecord, "status" | "decision" | "appliedBy" | "why">;

/** A plan that a run is to apply. */
export interface PlanReference {
  readonly run: string;
  readonly hash: string;
}

/** Somebody asked to approve or reject a plan: on record whether it was allowed or not. */
export interface DecisionAttempt extends Origin {
  /** ISO 8601. */
  readonly at: string;
  readonly action: "approve" | "reject";
  readonly directories: readonly string[];
  /** Hash that an approval named. */
  readonly hash?: string;
  readonly note?: string;
  /** Why it was not allowed; absent where it was. */
  readonly refused?: string;
}

/**
 * A plan's status now: one that waits too long has expired. So has one of the future: it was made under a clock that was ahead.
 * @param now milliseconds since 1970
 */
export function planStatusAt({ status, madeAt, expiresAt }: PlanRecord, now: number): PlanStatus {
  if (status !== "waiting") return status;
  return now >= Date.parse(expiresAt) || isInFuture(madeAt, now) ? "expired" : "waiting";
}

export const planChanged = (plan: PlanRecord): PlanChanged => {
  const { run, directory, status, hash, changes, expiresAt, why, decision } = plan;
  return omitUndefined({ run, directory, status, hash, changes, expiresAt, why, by: decision?.by });
};
