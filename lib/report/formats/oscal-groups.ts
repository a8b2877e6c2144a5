/** What OSCAL's writer keeps of a population: counts by directory and rule, and a bounded number of its worst subjects. */

import type { Verdict } from "../../model/index.ts";
import type { ReportRow } from "../data/model.ts";
import { uuid } from "./oscal-words.ts";

/** The subjects of one directory that one rule binds. */
export interface Group {
  readonly directory: string;
  readonly rule: string;
  readonly requirement: string;
  readonly count: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** At most 20: who violates, longest first, then who could not be assessed. */
  readonly worst: readonly ReportRow[];
  /** When the last of them was observed. */
  readonly collected: string;
  uuid(run: string): string;
}

export interface Population {
  readonly groups: readonly Group[];
  /** Who is exempt, at most 1,000. */
  readonly exempt: readonly ReportRow[];
  /** How many more. */
  readonly exemptMore: number;
}

const MOST = { worst: 20, exempt: 1_000 };
const RANKS: Partial<Record<Verdict, number>> = { violating: 0, unknown: 1 };
const NONE = { compliant: 0, pending: 0, violating: 0, grace: 0, exempt: 0, unknown: 0, "out-of-scope": 0 };

export function openGroups() {
  const groups = new Map<string, ReturnType<typeof openGroup>>();
  const exempt: ReportRow[] = [];
  let exemptMore = 0;
  return {
    add(row: ReportRow): void {
      const key = `${row.directory}\n${row.rule}\n${row.requirement}`;
      const group = groups.get(key) ?? openGroup(row);
      groups.set(key, group);
      group.add(row);
      if (row.verdict !== "exempt") return;
      if (exempt.length < MOST.exempt) exempt.push(row);
      else exemptMore++;
    },
    end: (): Population => ({ groups: Array.from(groups.values(), (group) => group.end()), exempt, exemptMore }),
  };
}

function openGroup({ directory, rule = "no rule", requirement = "none" }: ReportRow) {
  const verdicts = { ...NONE };
  const worst: ReportRow[] = [];
  let count = 0;
  let collected = "";
  return {
    add(row: ReportRow): void {
      count++;
      verdicts[row.verdict]++;
      if (row.observedAt > collected) collected = row.observedAt;
      if (row.verdict in RANKS) insert(worst, row);
    },
    end: (): Group => ({
      ...{ directory, rule, requirement, count, verdicts, worst, collected },
      uuid: (run) => uuid(`${run}/observation/${directory}/${rule}/${requirement}`),
    }),
  };
}

function insert(worst: ReportRow[], row: ReportRow): void {
  const last = worst.at(-1);
  if (worst.length === MOST.worst && last !== undefined && compare(row, last) >= 0) return;
  const place = worst.findIndex((one) => compare(row, one) < 0);
  worst.splice(place < 0 ? worst.length : place, 0, row);
  if (worst.length > MOST.worst) worst.pop();
}

function compare(a: ReportRow, b: ReportRow): number {
  const rank = (RANKS[a.verdict] ?? 2) - (RANKS[b.verdict] ?? 2);
  if (rank !== 0) return rank;
  return a.since < b.since ? -1 : Number(a.since > b.since);
}
