/** The data of a report: what ledger and evidence hold of a run, a past day or a difference, as rows, counts and sentences. */

export type { Accumulator } from "./accumulator.ts";
export { hasApprovals } from "./approvals.ts";
export { gatherAsOf } from "./as-of.ts";
export { type Basis, describeBasis, findBasis, formatAge } from "./basis.ts";
export { type Comparison, compareWithPrevious, describeComparison, describePrevious } from "./comparison.ts";
export { type Coverage, coveredShare, expectedDirectories, measureCoverage, reportCoverage } from "./coverage.ts";
export { type DepartedSubject, type DepartedSummary, summarizeDeparted } from "./departed.ts";
export type { Difference } from "./difference.ts";
export { type ExemptionEntry, type ExemptionRegister, formatDayIn } from "./exemption-register.ts";
export { FACT_CAVEAT_TEXTS, factNotes } from "./fact-notes.ts";
export type { CountedList } from "./first-items.ts";
export { gatherRun, type ReportData } from "./gather.ts";
export type {
  Approvals,
  Format,
  PlanLine,
  ReportHead,
  ReportPorts,
  ReportRow,
  SweptDirectory,
  TableWriter,
} from "./model.ts";
export {
  PERSON_COVERAGES,
  type PersonCoverage,
} from "./model.ts";
export { endOfPolicyDay } from "./moment.ts";
export { countPeople, describePeople, type FoundPeople, findPeople, joinPeople, type PeopleJoin } from "./people.ts";
export type { People, Person, PersonAccount } from "./people-model.ts";
export * from "./period/index.ts";
export { priorities, rowPrioritizer } from "./priority.ts";
export { ADVICE, type Remediation, remediationClassifier } from "./remediation.ts";
export { type SubjectAsOf, subjectAsOf } from "./subject-as-of.ts";
export { type Summary, summarizeRows } from "./summary.ts";
export { type ChangeReason, type OpenGroup, sumCounts } from "./summary-counts.ts";
export type { SubjectTransition } from "./transitions.ts";
export type { TrendPoint } from "./trend.ts";
export {
  formatCount,
  formatDay,
  formatDaysSince,
  formatMoment,
  formatShare,
  formatShortDay,
  joinWords,
  OUTCOME_MEANINGS,
  pluralize,
  REMEDIATION_TEXTS,
  VERDICT_MEANINGS,
} from "./wording.ts";
