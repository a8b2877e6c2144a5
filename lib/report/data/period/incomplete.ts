/** What makes a report over a period less than the whole truth, one sentence each. */

import type { Problem, RunRecord } from "../../../model/index.ts";
import { formatAge } from "../basis.ts";
import { formatMoment, joinWords } from "../wording.ts";
import type { Gap, PeriodActs, PeriodSweep } from "./model.ts";

interface Parts {
  readonly sweeps: readonly PeriodSweep[];
  readonly runs: readonly RunRecord[];
  /** Ids of runs on record, those of the period among them. */
  readonly knownRuns: ReadonlySet<string>;
  readonly gaps: readonly Gap[];
  readonly acts: PeriodActs;
  readonly lostPolicies: readonly string[];
  readonly problems: readonly Problem[];
}

export const incompleteParts = (parts: Parts): Problem[] => [
  ...parts.gaps.map(gapProblem),
  ...parts.problems,
  ...parts.sweeps.flatMap((sweep) => chainProblems(sweep, parts)),
  ...parts.runs.flatMap((run) => runProblems(run, parts.sweeps)),
  ...parts.lostPolicies.map((digest) => ({
    code: "ERR_EVIDENCE_UNAVAILABLE",
    message: `The policy ${digest} is not kept: whom it exempted, and what it required, is not known.`,
  })),
  ...parts.acts.unknownTurns.map(({ scope, before }) => ({
    code: "ERR_REPORT_PARTIAL",
    message: `Who turned the kill switch (${scope}) before ${formatMoment(before)} is not known: an earlier version kept the last turn alone.`,
  })),
];

function gapProblem(gap: Gap): Problem {
  return { code: "ERR_REPORT_PARTIAL", directory: gap.directory, message: describeGap(gap) };
}

/** One sentence. */
export function describeGap({ directory, from, to, tried, isBeforeRecords, isOpen }: Gap): string {
  const length = formatAge(Date.parse(to) - Date.parse(from));
  const until = isOpen ? "the end of the period" : formatMoment(to);
  const why = isBeforeRecords
    ? "before the first run on record"
    : tried === 0
      ? "no sweep was tried"
      : `${tried} ${tried === 1 ? "sweep was" : "sweeps were"} tried`;
  return `Nobody read all of ${directory} from ${formatMoment(from)} to ${until}, ${length}: ${why}.`;
}

/** A run that the list of runs lacks, and the chain of manifests names. */
function chainProblems({ run, directory, follows }: PeriodSweep, { knownRuns }: Parts): Problem[] {
  if (!follows || knownRuns.has(follows.run)) return [];
  const message = `Run ${run} of ${directory} follows run ${follows.run}, which is not on the list of runs: something is missing.`;
  return [{ code: "ERR_REPORT_PARTIAL", directory, message }];
}

function runProblems({ run, status, directories }: RunRecord, sweeps: readonly PeriodSweep[]): Problem[] {
  const silent = directories.filter((id) => !sweeps.some((one) => one.run === run && one.directory === id));
  const state = status === "running" ? "has not ended, or it died" : "left nothing on record";
  if (silent.length === 0 && status !== "running") return [];
  const of = silent.length === 0 ? "" : ` of ${joinWords(silent)}`;
  return [{ code: "ERR_RUN_DIED", message: `Run ${run} ${state}: what it did${of} is not known.` }];
}
