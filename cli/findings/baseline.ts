/** Who was violating or unknown in an earlier, complete run, and who is so now and was not. */

import { WardenError } from "../../lib/errors.ts";
import { gatherRun, type ReportData } from "../../lib/report/index.ts";
import { clock, type Records } from "../local/records.ts";

const DEADLINE_MS = 15 * 60_000;

type Ports = Pick<Records, "ledger" | "evidence">;
type OpenVerdict = "violating" | "unknown";

/** Counts of accounts that were not so at the baseline: also those that it did not know. */
export type NewlyOpen = Readonly<Record<OpenVerdict, number>>;

export interface Baseline {
  readonly run: string;
  /** By `keyOf`. */
  readonly open: ReadonlySet<string>;
}

const keyOf = (directory: string, id: string, verdict: string): string => JSON.stringify([directory, id, verdict]);

/** Throws `ERR_RUN_UNKNOWN`, `ERR_EVIDENCE_*`, and `ERR_INPUT_INVALID` for a run that did not read everybody. */
export async function readBaseline(ports: Ports, run: string): Promise<Baseline> {
  const data = await gatherRun({ ...ports, clock }, run);
  if (data.head.incomplete.length > 0)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `Run ${run} did not read everybody, so that nobody can say what is new since (it is ${data.head.status}); name a complete one with --new-since, \`status\` lists the last ones.`,
    );
  const open = new Set<string>();
  for await (const { directory, id, verdict } of openRows(data)) open.add(keyOf(directory, id, verdict));
  return { run, open };
}

/** Of each run only the directories that are named with it. */
export async function countNew(
  ports: Ports,
  sweeps: readonly { readonly run: string; readonly id: string }[],
  baseline: Baseline,
): Promise<NewlyOpen> {
  const counts = { violating: 0, unknown: 0 };
  for (const [run, ofRun] of Map.groupBy(sweeps, (sweep) => sweep.run)) {
    const ids = new Set(ofRun.map(({ id }) => id));
    for await (const { directory, id, verdict } of openRows(await gatherRun({ ...ports, clock }, run)))
      if (ids.has(directory) && !baseline.open.has(keyOf(directory, id, verdict))) counts[verdict]++;
  }
  return counts;
}

async function* openRows(data: ReportData) {
  for await (const rows of data.rows(AbortSignal.timeout(DEADLINE_MS)))
    for (const { directory, id, verdict } of rows)
      if (verdict === "violating" || verdict === "unknown") yield { directory, id, verdict };
}
