/** The basis of a look back: of each directory the last sweep that read everybody and had ended by a moment. */

import { readSweepManifest } from "../../evidence/index.ts";
import { endedSweeps } from "../../ledger/index.ts";
import type { DirectoryRecord, Evidence, Ledger, RunRecord } from "../../model/index.ts";
import type { SweptDirectory } from "./model.ts";

export interface Basis extends SweptDirectory {
  /** How old it was at the moment, in ms since it ended. */
  readonly ageMs: number;
  /** Later runs until then that did not read everybody, newest first. */
  readonly passedOver: readonly string[];
}

export interface BasisPorts {
  readonly ledger: Pick<Ledger, "readRun" | "listRuns">;
  readonly evidence: Evidence;
}

/** More than a ledger will hold: an hourly sweep for ten years. */
const MAX_RUNS = 100_000;

/** Newest first. The index behind the list may lack the newest: everything else is read from the runs themselves. */
export async function listRunsUntil(ledger: Pick<Ledger, "listRuns">, moment: number): Promise<RunRecord[]> {
  const runs = await ledger.listRuns(MAX_RUNS);
  return runs.filter(({ startedAt }) => Date.parse(startedAt) <= moment);
}

/** The basis of one directory; `undefined`: no sweep had read everybody by then. Throws as `findBases` does. */
export async function findBasis(ports: BasisPorts, directory: string, moment: number): Promise<Basis | undefined> {
  const runs = await listRunsUntil(ports.ledger, moment);
  return (await findBases(ports, runs, [directory], moment)).get(directory);
}

/**
 * By directory, of the sweep that ended last; one that no sweep had read whole is missing.
 * Throws `ERR_EVIDENCE_ALTERED` and `ERR_EVIDENCE_UNAVAILABLE` when a manifest is not the one that the ledger knows.
 */
export async function findBases(
  ports: BasisPorts,
  runs: readonly RunRecord[],
  directories: readonly string[],
  moment: number,
): Promise<Map<string, Basis>> {
  const bases = new Map<string, Basis>();
  const passedOver = new Map<string, string[]>(directories.map((id) => [id, []]));
  for await (const { record, endedAt } of endedSweeps(ports.ledger, runs)) {
    if (bases.size === passedOver.size) break;
    const over = passedOver.get(record.id);
    if (!over || bases.has(record.id)) continue;
    const swept = await readCompleteSweep(ports.evidence, record);
    const ageMs = moment - Date.parse(swept?.manifest.endedAt ?? endedAt);
    if (ageMs < 0) continue;
    if (swept) bases.set(record.id, { ...swept, ageMs, passedOver: over });
    else over.push(record.run);
  }
  return bases;
}

/** `undefined`: it did not read everybody. Only a population that passed the gate has a plan. */
async function readCompleteSweep(evidence: Evidence, record: DirectoryRecord): Promise<SweptDirectory | undefined> {
  const { run, id, plan, manifest: manifestHash } = record;
  if (plan === undefined || manifestHash === undefined) return undefined;
  return { record, manifestHash, manifest: await readSweepManifest(evidence, run, id, manifestHash) };
}

const HOUR_MS = 3_600_000;

/** `41 h`, `3 days`. */
export function formatAge(ageMs: number): string {
  const hours = Math.floor(ageMs / HOUR_MS);
  if (hours < 1) return "less than an hour";
  return hours >= 48 ? `${Math.floor(hours / 24)} days` : `${hours} h`;
}

/** One sentence for people. */
export function describeBasis({ record, manifest, ageMs, passedOver }: Basis): string {
  const many = passedOver.length;
  const over =
    many === 0
      ? ""
      : ` ${many} later ${many === 1 ? "sweep did not read everybody and does" : "sweeps did not read everybody and do"} not count.`;
  return `${record.id}: rests on run ${record.run}, which ended at ${manifest.endedAt} and was ${formatAge(ageMs)} old.${over}`;
}
