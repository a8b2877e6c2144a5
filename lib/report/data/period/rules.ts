/** Verdicts by rule over a period: of each directory and month the last sweep that read everybody, counted from its rows. */

import { WardenError } from "../../../errors.ts";
import { loadPage, readSweepManifest } from "../../../evidence/index.ts";
import { type Evidence, noVerdicts, type Problem, type Verdict } from "../../../model/index.ts";
import type { PeriodSweep, RuleCounts } from "./model.ts";

export interface PeriodRules {
  readonly rules: readonly RuleCounts[];
  /** Sweeps whose rows cannot be read. */
  readonly problems: readonly Problem[];
}

/** Reads the rows of at most one sweep a month and directory, a page at a time. */
export async function readRules(evidence: Evidence, sweeps: readonly PeriodSweep[]): Promise<PeriodRules> {
  const rules: RuleCounts[] = [];
  const problems: Problem[] = [];
  for (const { month, sweep } of lastOfMonths(sweeps))
    try {
      rules.push(...(await countRules(evidence, month, sweep)));
    } catch (error) {
      if (!(error instanceof WardenError && EVIDENCE_CODES.includes(error.code))) throw error;
      const { run, directory } = sweep;
      const message = `Verdicts by rule of ${directory} in ${month} are not known: rows of run ${run} cannot be read. ${error.message}`;
      problems.push({ code: error.code, directory, message });
    }
  return { rules, problems };
}

const EVIDENCE_CODES: readonly string[] = ["ERR_EVIDENCE_ALTERED", "ERR_EVIDENCE_UNAVAILABLE"];

interface MonthEnd {
  readonly month: string;
  readonly sweep: PeriodSweep;
}

const endOf = ({ endedAt, startedAt }: PeriodSweep): string => endedAt ?? startedAt;
const monthOf = (sweep: PeriodSweep): string => endOf(sweep).slice(0, "YYYY-MM".length);

function lastOfMonths(sweeps: readonly PeriodSweep[]): MonthEnd[] {
  const whole = sweeps.filter(({ isWhole, evidence }) => isWhole && evidence === "sealed");
  const groups = Map.groupBy(whole, (sweep) => `${sweep.directory} ${monthOf(sweep)}`);
  return [...groups.values()].flatMap((own): MonthEnd[] => {
    const last = own.at(-1);
    return last ? [{ month: monthOf(last), sweep: last }] : [];
  });
}

async function countRules(evidence: Evidence, month: string, sweep: PeriodSweep): Promise<RuleCounts[]> {
  const { run, directory, manifest } = sweep;
  const { parts } = await readSweepManifest(evidence, run, directory, manifest);
  const counts = new Map<string, Record<Verdict, number>>();
  for (const page of parts.flatMap(({ pages }) => pages))
    for (const { rule = "", verdict } of await loadPage(evidence, page)) {
      const own = counts.get(rule) ?? noVerdicts();
      own[verdict]++;
      counts.set(rule, own);
    }
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([rule, verdicts]) => ({ directory, month, run, endedAt: endOf(sweep), rule, verdicts }));
}
