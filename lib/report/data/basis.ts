/** On which sweeps a look back rests: of each directory the last one that read everybody and had ended by a moment. */

import { mapConcurrently } from "../../concurrency.ts";
import { readSweepManifest } from "../../evidence/index.ts";
import type { Ledger, RunRecord } from "../../model/index.ts";
import type { ReportPorts, Source } from "./model.ts";

export interface Rest extends Source {
  /** How old it was at the moment, in ms since it ended. */
  readonly age: number;
  /** Later runs until then that did not read everybody, newest first. */
  readonly passedOver: readonly string[];
}

type Ports = Pick<ReportPorts, "evidence"> & { readonly ledger: Pick<Ledger, "readRun" | "listRuns"> };

/** More than a ledger will hold: an hourly sweep for ten years. */
const ALL_RUNS = 100_000;
const READS_AT_ONCE = 8;

/** Newest first. The index behind the list may lack the newest: everything else is read from the runs themselves. */
export async function runsUntil(ledger: Pick<Ledger, "listRuns">, moment: number): Promise<RunRecord[]> {
  const runs = await ledger.listRuns(ALL_RUNS);
  return runs.filter(({ startedAt }) => Date.parse(startedAt) <= moment);
}

/**
 * By directory; one that nobody had ever read whole is missing. @param runs newest first
 * Throws `ERR_EVIDENCE_ALTERED` and `ERR_EVIDENCE_UNAVAILABLE` when a manifest is not the one that the ledger knows.
 */
export async function restsAt(
  ports: Ports,
  runs: readonly RunRecord[],
  directories: readonly string[],
  moment: number,
): Promise<Map<string, Rest>> {
  const rests = new Map<string, Rest>();
  const passedOver = new Map<string, string[]>(directories.map((id) => [id, []]));
  for (let i = 0; i < runs.length && rests.size < passedOver.size; i += READS_AT_ONCE) {
    const found = await mapConcurrently(runs.slice(i, i + READS_AT_ONCE), READS_AT_ONCE, ({ run }) =>
      ports.ledger.readRun(run),
    );
    for (const record of found.flatMap((one) => one?.directories ?? [])) {
      const over = passedOver.get(record.id);
      if (!over || rests.has(record.id)) continue;
      const source = await wholeBy(ports, record, moment);
      if (source === "later") continue;
      if (source) rests.set(record.id, { ...source, passedOver: over });
      else over.push(record.run);
    }
  }
  return rests;
}

/** `undefined`: it did not read everybody. Only a population that passed the gate has a plan. */
async function wholeBy(
  { evidence }: Ports,
  record: Source["record"],
  moment: number,
): Promise<Omit<Rest, "passedOver"> | "later" | undefined> {
  const { run, id, plan, manifest: hash } = record;
  if (plan === undefined || hash === undefined) return undefined;
  const manifest = await readSweepManifest(evidence, run, id, hash);
  const age = moment - Date.parse(manifest.endedAt);
  return age < 0 ? "later" : { record, hash, manifest, age };
}

const HOUR_MS = 3_600_000;

/** `41 h`, `3 days`. @param age in ms */
export function ageText(age: number): string {
  const hours = Math.floor(age / HOUR_MS);
  if (hours < 1) return "less than an hour";
  return hours >= 48 ? `${Math.floor(hours / 24)} days` : `${hours} h`;
}

/** One sentence for people. */
export function restText({ record, manifest, age, passedOver }: Rest): string {
  const many = passedOver.length;
  const over =
    many === 0
      ? ""
      : ` ${many} later ${many === 1 ? "sweep did not read everybody and does" : "sweeps did not read everybody and do"} not count.`;
  return `${record.id}: rests on run ${record.run}, which ended at ${manifest.endedAt} and was ${ageText(age)} old.${over}`;
}
