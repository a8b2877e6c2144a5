/** Who was in the last whole population before a run and is not in it any more. */

import { type EvidenceRow, findDeparted, readSweepManifest, type SweepManifest } from "../../evidence/index.ts";
import type { Verdict } from "../../model/index.ts";
import { expectedDirectories } from "./coverage.ts";
import type { ReportData } from "./gather.ts";
import type { ReportHead, ReportPorts, SweptDirectory } from "./model.ts";

export interface DepartedSubject {
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  /** The last that was read. */
  readonly verdict: Verdict;
  readonly how: "confirmed" | "unconfirmed";
}

export interface DepartedSummary {
  readonly confirmed: number;
  readonly unconfirmed: number;
  /** At most 200; fewer than the counts where the population before is not kept, or the ledger has moved on. */
  readonly first: readonly DepartedSubject[];
  /** Directories in which nobody was looked for: the run did not read all of them. */
  readonly notLookedIn: readonly string[];
}

const MAX_NAMED_DEPARTED = 200;
/** How far a chain of runs that did not read everybody is followed back. */
const MAX_MANIFESTS_BACK = 50;
const STATES_IN_BATCH = 100;

/** Counts as the manifests have them, and names from the evidence before. Throws `ERR_EVIDENCE_ALTERED`. */
export async function summarizeDeparted(
  ports: ReportPorts,
  { head, swept }: Pick<ReportData, "head" | "swept">,
  signal: AbortSignal,
): Promise<DepartedSummary> {
  const first: DepartedSubject[] = [];
  for (const directory of swept) {
    const { confirmed, unconfirmed } = directory.manifest.departedHow;
    if (confirmed + unconfirmed === 0 || first.length >= MAX_NAMED_DEPARTED) continue;
    for await (const subjects of readDeparted(ports, directory, signal)) {
      first.push(...subjects);
      if (first.length >= MAX_NAMED_DEPARTED) break;
    }
  }
  const sum = (how: DepartedSubject["how"]) => swept.reduce((n, { manifest }) => n + manifest.departedHow[how], 0);
  return {
    confirmed: sum("confirmed"),
    unconfirmed: sum("unconfirmed"),
    first: first.slice(0, MAX_NAMED_DEPARTED),
    notLookedIn: directoriesNotLookedIn(head, swept),
  };
}

/** Only a population that passed the gate has a plan, and is compared with the one before. */
function directoriesNotLookedIn(head: ReportHead, swept: readonly SweptDirectory[]): readonly string[] {
  const whole = new Set(swept.flatMap(({ record }) => (record.plan === undefined ? [] : [record.id])));
  return expectedDirectories(head).filter((id) => !whole.has(id));
}

async function* readDeparted(
  { ledger, evidence }: ReportPorts,
  { manifest, record }: SweptDirectory,
  signal: AbortSignal,
): AsyncGenerator<DepartedSubject[]> {
  const previous = await findCompletePredecessor(evidence, manifest);
  if (!previous) return;
  for await (const rows of findDeparted(evidence, previous.parts, manifest.parts)) {
    signal.throwIfAborted();
    for (let i = 0; i < rows.length; i += STATES_IN_BATCH)
      yield readDepartedStates(ledger, record.id, rows.slice(i, i + STATES_IN_BATCH));
  }
}

/** Those of the rows whose subject the ledger, too, has as departed. */
async function readDepartedStates(
  ledger: ReportPorts["ledger"],
  directory: string,
  rows: readonly EvidenceRow[],
): Promise<DepartedSubject[]> {
  const ids = rows.map(({ id }) => id);
  const states = await ledger.readStates(directory, ids);
  return rows.flatMap(({ id, username, verdict }) => {
    const how = states.get(id)?.departed;
    return how ? [{ directory, id, username, verdict, how }] : [];
  });
}

/** Along the chain of manifests; each names the hash of the one before it. */
async function findCompletePredecessor(
  evidence: ReportPorts["evidence"],
  { id: directory, previous: newest }: SweepManifest,
): Promise<SweepManifest | undefined> {
  let previous = newest;
  for (let i = 0; previous && i < MAX_MANIFESTS_BACK; i++) {
    const earlier = await readSweepManifest(evidence, previous.run, directory, previous.hash);
    if (earlier.plan !== undefined) return earlier;
    previous = earlier.previous;
  }
  return undefined;
}
