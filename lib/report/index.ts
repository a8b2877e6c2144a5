/** The room of the report: turns what ledger and evidence hold into rows, a page and tables. */

export { frameworks } from "./controls/index.ts";
export {
  ADVICE,
  type Basis,
  type ChainLink,
  type Comparison,
  countEnded,
  countPeople,
  coveredShare,
  describeBasis,
  describeComparison,
  describeGap,
  describePeople,
  describePrevious,
  endOfPolicyDay,
  expectedDirectories,
  FACT_CAVEAT_TEXTS,
  type Format,
  type FoundPeople,
  findBasis,
  findPeople,
  formatAge,
  formatShare,
  gatherRun,
  measureCoverage,
  type People,
  type PeriodData,
  type PeriodSweep,
  type Person,
  priorities,
  REMEDIATION_TEXTS,
  type Remediation,
  type ReportData,
  type ReportHead,
  type ReportPorts,
  type ReportRow,
  remediationClassifier,
  type SubjectAsOf,
  subjectAsOf,
} from "./data/index.ts";
export { bucketStore, deliverReport, reportFolder } from "./delivery.ts";
export { comparisonCounts, exemptionJson, formatsWith, type PolicyLocation, peopleCounts } from "./formats/index.ts";
export type { StoreFile } from "./table-file.ts";
export { PAGE_FILE, type ReportOutput, type WrittenReport, writeReport } from "./write.ts";
export { type WrittenPeriod, writePeriodReport } from "./write-period.ts";
