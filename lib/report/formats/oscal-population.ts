/** What OSCAL's writer keeps of a population: counts by directory and rule, and a bounded number of its worst subjects. */

import { noVerdicts, type Verdict, type VerdictCounts } from "../../model/index.ts";
import type { Accumulator, ReportRow } from "../data/index.ts";
import { stableUuid } from "./oscal-values.ts";

/** The subjects of one directory that one rule binds. */
export interface RuleGroup {
  readonly directory: string;
  readonly rule: string;
  readonly requirement: string;
  readonly count: number;
  readonly verdicts: VerdictCounts;
  /** How many would be changed: the change is planned, and was not made. */
  readonly planned: number;
  /** At most 20: who violates, longest first, then who could not be assessed. */
  readonly worst: readonly ReportRow[];
  /** When the last of them was observed. */
  readonly collected: string;
  uuid(run: string): string;
}

export interface Population {
  readonly groups: readonly RuleGroup[];
  /** Who is exempt, at most 1,000. */
  readonly exempt: readonly ReportRow[];
  /** How many more. */
  readonly unlistedExempt: number;
}

const MAX_WORST_IN_GROUP = 20;
const MAX_LISTED_EXEMPT = 1_000;
const RANKS: Partial<Record<Verdict, number>> = { violating: 0, unknown: 1 };

/** An accumulator of rows. */
export function groupByRule(): Accumulator<ReportRow, Population> {
  const groups = new Map<string, ReturnType<typeof openRuleGroup>>();
  const exempt: ReportRow[] = [];
  let unlistedExempt = 0;
  return {
    add(row: ReportRow): void {
      const key = `${row.directory}\n${row.rule}\n${row.requirement}`;
      const group = groups.get(key) ?? openRuleGroup(row);
      groups.set(key, group);
      group.add(row);
      if (row.verdict !== "exempt") return;
      if (exempt.length < MAX_LISTED_EXEMPT) exempt.push(row);
      else unlistedExempt++;
    },
    end: () => ({ groups: Array.from(groups.values(), (group) => group.end()), exempt, unlistedExempt }),
  };
}

function openRuleGroup({
  directory,
  rule = "no rule",
  requirement = "none",
}: ReportRow): Accumulator<ReportRow, RuleGroup> {
  const verdicts = noVerdicts();
  const worst: ReportRow[] = [];
  let count = 0;
  let planned = 0;
  let collected = "";
  return {
    add(row: ReportRow): void {
      count++;
      if (row.planned) planned++;
      verdicts[row.verdict]++;
      if (row.observedAt > collected) collected = row.observedAt;
      if (row.verdict in RANKS) insert(worst, row);
    },
    end: () => ({
      directory,
      rule,
      requirement,
      count,
      verdicts,
      planned,
      worst,
      collected,
      uuid: (run) => stableUuid(`${run}/observation/${directory}/${rule}/${requirement}`),
    }),
  };
}

function insert(worst: ReportRow[], row: ReportRow): void {
  const last = worst.at(-1);
  if (worst.length === MAX_WORST_IN_GROUP && last !== undefined && compare(row, last) >= 0) return;
  const place = worst.findIndex((one) => compare(row, one) < 0);
  worst.splice(place < 0 ? worst.length : place, 0, row);
  if (worst.length > MAX_WORST_IN_GROUP) worst.pop();
}

function compare(a: ReportRow, b: ReportRow): number {
  const rank = (RANKS[a.verdict] ?? 2) - (RANKS[b.verdict] ?? 2);
  if (rank !== 0) return rank;
  return a.since < b.since ? -1 : Number(a.since > b.since);
}
