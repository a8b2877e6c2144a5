/** What is being done about a subject that is violating or unknown, and what helps where it is not enough. */

import { HALTED, type Outcome } from "../../model/index.ts";
import { directoryConfig, type Policy } from "../../policy/index.ts";
import type { ReportHead, ReportRow } from "./model.ts";

/**
 * What came of its change; or why none was tried: `observed` in a run that changes nothing, `observing` in a directory of that mode,
 * `halted` by the kill switch, `left alone` by its rule, `waiting` where a change is planned and was stopped, `planned` where none
 * was, `read again` where it is not known what would be due.
 */
export type Remediation =
  | Outcome
  | "planned"
  | "waiting"
  | "observed"
  | "observing"
  | "halted"
  | "left alone"
  | "read again";

/** What it takes to tell. */
export type RemediationRow = Pick<ReportRow, "verdict" | "rule" | "outcomeWhy" | "directory" | "planned"> & {
  readonly outcome?: Outcome | undefined;
};

/** Tells of a subject what is being done about it, by the policy where it is known. */
export function remediationClassifier(
  { mode }: Pick<ReportHead, "mode">,
  policy: Policy | undefined,
): (row: RemediationRow) => Remediation {
  const never = new Set(policy?.rules.filter(({ enforce }) => enforce === "never").map(({ name }) => name));
  const isObserving = (directory: string) => policy && directoryConfig(policy, directory)?.mode !== "enforce";
  return ({ verdict, rule, outcome, outcomeWhy, directory, planned }) => {
    if (outcome === "refused" && outcomeWhy?.startsWith(HALTED)) return "halted";
    if (outcome) return outcome;
    if (verdict === "unknown") return "read again";
    if (rule !== undefined && never.has(rule)) return "left alone";
    if (isObserving(directory)) return "observing";
    if (mode !== "enforce") return "observed";
    return planned ? "waiting" : "planned";
  };
}

/** What a person can do. */
export interface Advice {
  readonly what: string;
  /** What follows `warden`; DIRECTORY, ACCOUNT and RUN stand for names. */
  readonly command?: string;
}

/** What helps where a planned change is not enforced. */
export const ADVICE: Readonly<Record<Remediation, Advice>> = {
  enforced: { what: "Nothing is left to do." },
  reverted: { what: "Nothing is left to do." },
  already: { what: "Nothing is left to do." },
  "needs-user": {
    what: "Ask the user to register a device, then sweep again.",
    command: "explain DIRECTORY/ACCOUNT",
  },
  staged: { what: "Push it in the vendor's console, or sweep again.", command: "sweep --mode enforce" },
  refused: { what: "See what a sweep would do now.", command: "explain DIRECTORY/ACCOUNT" },
  unverified: { what: "See whether the change shows now.", command: "explain DIRECTORY/ACCOUNT" },
  failed: { what: "See which call failed, and why.", command: "history DIRECTORY/ACCOUNT" },
  planned: { what: "Sweep again.", command: "sweep --mode enforce" },
  waiting: { what: "See the plan, and what stopped the run.", command: "plan RUN" },
  observed: { what: "Let a run make the planned changes.", command: "sweep --mode enforce" },
  observing: {
    what: "Set mode: enforce for this directory in the policy, then sweep.",
    command: "sweep --mode enforce",
  },
  halted: { what: "Allow changes again, then sweep.", command: "switch on --reason TEXT" },
  "left alone": { what: "See which rule binds the account.", command: "explain DIRECTORY/ACCOUNT" },
  "read again": { what: "See what is not known.", command: "explain DIRECTORY/ACCOUNT" },
};
