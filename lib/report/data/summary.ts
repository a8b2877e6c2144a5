/** What the rows of a run come to on a page, however many there are: counts, and the worst of each kind. */

import type { Outcome, VerdictCounts } from "../../model/index.ts";
import { type Accumulator, accumulateAll, accumulateIf } from "./accumulator.ts";
import { type ExemptionRegister, registerExemptions } from "./exemption-register.ts";
import { type CountedList, listFirst } from "./first-items.ts";
import type { ReportData } from "./gather.ts";
import type { ReportRow } from "./model.ts";
import { compareByAge, compareById, compareByOutcome } from "./row-order.ts";
import {
  type ChangeReason,
  countByDirectory,
  countByRule,
  countChangeReasons,
  countOutcomes,
  countReasons,
  countVerdicts,
  type DirectorySummary,
  groupOpenRows,
  type OpenGroup,
  type RuleSummary,
  sumCounts,
} from "./summary-counts.ts";

export interface Summary {
  readonly subjects: number;
  /** With the outcomes of the run taken in. */
  readonly counts: VerdictCounts;
  /** As read. */
  readonly read: VerdictCounts;
  readonly directories: readonly DirectorySummary[];
  readonly rules: readonly RuleSummary[];
  /** Violating and unknown, oldest first. */
  readonly open: CountedList<ReportRow>;
  readonly groups: readonly OpenGroup[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Who would be changed: the change is planned, and has no outcome. */
  readonly planned: CountedList<ReportRow>;
  /** Those that did not take first, then by account. */
  readonly changes: CountedList<ReportRow>;
  /** Why planned changes are not enforced. */
  readonly reasons: readonly ChangeReason[];
  /** Why subjects are out of scope; the most frequent first. */
  readonly outOfScope: readonly { readonly why: string; readonly count: number }[];
  readonly exempt: CountedList<ReportRow>;
  readonly register: ExemptionRegister;
  /** Accounts whose credentials the organisation itself holds. */
  readonly credentialHeld: CountedList<ReportRow>;
  readonly profiles: CountedList<ReportRow>;
}

/** Rows of one list that a summary keeps. */
const MAX_LISTED_ROWS = 200;

const isNotEnforced = ({ outcome, planned }: ReportRow) =>
  planned === true || (outcome !== undefined && outcome !== "enforced" && outcome !== "reverted");
const isOpen = ({ verdict }: ReportRow) => verdict === "violating" || verdict === "unknown";

/** An accumulator of rows; it needs the same memory for ten rows and for ten million. */
export function summarizeRows({
  head,
  policy,
  swept,
}: Pick<ReportData, "head" | "policy" | "swept">): Accumulator<ReportRow, Summary> {
  const listIf = (isWanted: (row: ReportRow) => boolean, compare: (a: ReportRow, b: ReportRow) => number) =>
    accumulateIf(isWanted, listFirst(MAX_LISTED_ROWS, compare));
  const parts = accumulateAll<ReportRow, Omit<Summary, "subjects">>({
    counts: countVerdicts(({ verdict }) => verdict),
    read: countVerdicts(({ read }) => read),
    directories: countByDirectory(swept),
    rules: countByRule(policy),
    open: listIf(isOpen, compareByAge),
    groups: accumulateIf(isOpen, groupOpenRows(head, policy)),
    outcomes: countOutcomes(),
    planned: listIf(({ planned }) => planned === true, compareByAge),
    reasons: accumulateIf(isNotEnforced, countChangeReasons(head, policy)),
    changes: listIf(({ outcome }) => outcome !== undefined, compareByOutcome),
    outOfScope: accumulateIf(({ verdict }) => verdict === "out-of-scope", countReasons()),
    exempt: listIf(({ verdict }) => verdict === "exempt", compareByAge),
    register: registerExemptions(policy, head),
    credentialHeld: listIf(({ custodial }) => custodial === true, compareById),
    profiles: listIf(({ kind }) => kind === "profile", compareById),
  });
  return {
    add: parts.add,
    end() {
      const summary = parts.end();
      return { subjects: sumCounts(summary.counts), ...summary };
    },
  };
}
