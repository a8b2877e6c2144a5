/** Who was in the last whole population before a run and is not in it any more. */

import { findDeparted, readSweepManifest } from "../../evidence/index.ts";
import type { Verdict } from "../../model/index.ts";
import type { ReportPorts, Source } from "./model.ts";

export interface Leaver {
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  /** The last that was read. */
  readonly verdict: Verdict;
  readonly how: "confirmed" | "unconfirmed";
}

export interface Departed {
  readonly confirmed: number;
  readonly unconfirmed: number;
  /** At most 200; fewer than the counts where the population before is not kept, or the ledger has moved on. */
  readonly first: readonly Leaver[];
}

const LISTED = 200;
/** A chain of runs that did not read everybody is followed so far back. */
const BACK = 50;

/** Counts as the manifests have them, and names from the evidence before. Throws `ERR_EVIDENCE_ALTERED`. */
export async function departedOf(
  ports: ReportPorts,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<Departed> {
  const first: Leaver[] = [];
  for (const source of sources) {
    const { confirmed, unconfirmed } = source.manifest.departedHow;
    if (confirmed + unconfirmed === 0 || first.length >= LISTED) continue;
    for await (const leavers of leaversOf(ports, source, signal)) {
      first.push(...leavers);
      if (first.length >= LISTED) break;
    }
  }
  const sum = (how: Leaver["how"]) => sources.reduce((n, { manifest }) => n + manifest.departedHow[how], 0);
  return { confirmed: sum("confirmed"), unconfirmed: sum("unconfirmed"), first: first.slice(0, LISTED) };
}

async function* leaversOf(
  { ledger, evidence }: ReportPorts,
  { manifest, record }: Source,
  signal: AbortSignal,
): AsyncGenerator<Leaver[]> {
  const before = await wholeBefore(evidence, manifest, record.id);
  if (!before) return;
  for await (const rows of findDeparted(evidence, before.parts, manifest.parts)) {
    signal.throwIfAborted();
    for (let i = 0; i < rows.length; i += 100) {
      const some = rows.slice(i, i + 100);
      const states = await ledger.readStates(
        record.id,
        some.map(({ id }) => id),
      );
      yield some.flatMap(({ id, username, verdict }) => {
        const how = states.get(id)?.departed;
        return how ? [{ directory: record.id, id, username, verdict, how }] : [];
      });
    }
  }
}

/** Along the chain of manifests; each names the hash of the one before it. */
async function wholeBefore(evidence: ReportPorts["evidence"], manifest: Source["manifest"], directory: string) {
  let { previous } = manifest;
  for (let step = 0; previous && step < BACK; step++) {
    const earlier: Source["manifest"] = await readSweepManifest(evidence, previous.run, directory, previous.hash);
    if (earlier.plan !== undefined) return earlier;
    previous = earlier.previous;
  }
  return undefined;
}
