/** The data of a report over a period. */

export { gatherPeriod } from "./gather.ts";
export { describeGap } from "./incomplete.ts";
export type {
  AcceptedBaseline,
  ChainLink,
  DirectorySpan,
  Gap,
  HoldAct,
  Period,
  PeriodChange,
  PeriodData,
  PeriodExemption,
  PeriodPorts,
  PeriodSweep,
  PolicyChange,
  RefusedDecision,
  RuleCounts,
  ScopedTurn,
} from "./model.ts";
export { countEnded, type PeriodSummary, summarizePeriod } from "./summary.ts";
