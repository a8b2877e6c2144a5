/** Compares the populations of two sweeps of a directory: both are read as streams, and of the earlier one 14 bytes a subject are kept. */

import { findDeparted } from "../../evidence/index.ts";
import { type Change, type RunRecord, VERDICTS } from "../../model/index.ts";
import type { Accumulator } from "./accumulator.ts";
import type { Basis } from "./basis.ts";
import { type ChangeMarkers, createChangeMarkers, digestSubject, type SubjectDigest } from "./change-markers.ts";
import type { ReportPorts, ReportRow, SweptDirectory } from "./model.ts";
import { hoursBetween } from "./moment.ts";
import { readRows } from "./rows.ts";
import type { ComparedSubject, FixedBy, Transitions } from "./transitions.ts";

/** Two sweeps of one directory. */
interface Pair {
  readonly previous: Basis;
  readonly now: SweptDirectory;
  /** All that the ledger knows: also those in between. */
  readonly runs: readonly RunRecord[];
}

/** Of the subjects of the earlier population this many are held at once (64 MB); a larger one takes several passes. */
const MAX_SUBJECTS_IN_PASS = 2_000_000;
/** Flags of a change marker: the subject is in this population, too; an event or a run in between enforced its change. */
const SEEN_AGAIN = 1;
const CHANGED_BY_US = 2;

/** Puts everybody of either population into `transitions`. Throws `ERR_EVIDENCE_ALTERED`. */
export async function comparePopulations(
  ports: ReportPorts,
  pair: Pair,
  transitions: Accumulator<ComparedSubject, Transitions>,
  signal: AbortSignal,
): Promise<void> {
  const passes = Math.max(1, Math.ceil((pair.previous.manifest.read + 1) / MAX_SUBJECTS_IN_PASS));
  for (let pass = 0; pass < passes; pass++) {
    const isOfPass = ({ high }: SubjectDigest) => high % passes === pass;
    // One in ten more: the passes are not of one size.
    const markers = createChangeMarkers(Math.ceil((pair.previous.manifest.read / passes) * 1.1) + 1_000);
    await markPrevious(ports, pair, { markers, isOfPass }, signal);
    for await (const rows of readRows(ports, [pair.now], signal))
      for (const row of rows) {
        const digest = digestSubject(row.directory, row.id);
        if (isOfPass(digest)) transitions.add(compareRow(row, markers, markers.indexOf(digest)));
      }
    for await (const gone of findGone(ports, pair, markers, signal)) transitions.add(gone);
  }
}

interface Pass {
  readonly markers: ChangeMarkers;
  readonly isOfPass: (digest: SubjectDigest) => boolean;
}

/** Marks each subject of the earlier population with its verdict, and those that were changed in between. */
async function markPrevious(
  ports: ReportPorts,
  pair: Pair,
  { markers, isOfPass }: Pass,
  signal: AbortSignal,
): Promise<void> {
  for await (const rows of readRows(ports, [pair.previous], signal))
    for (const row of rows) {
      const digest = digestSubject(row.directory, row.id);
      if (isOfPass(digest)) markers.set(digest, VERDICTS.indexOf(row.verdict));
    }
  for await (const { directory, id, outcome } of readChangesBetween(ports, pair)) {
    const index = markers.indexOf(digestSubject(directory, id));
    if (index >= 0 && outcome === "enforced") markers.addFlag(index, CHANGED_BY_US);
  }
}

/** @param index of its marker; below 0: it was not in the earlier population */
function compareRow(row: ReportRow, markers: ChangeMarkers, index: number): ComparedSubject {
  const { verdict: now, read } = row;
  if (index < 0) return { row, now, read, fixedBy: fixedBy(row, false, false) };
  markers.addFlag(index, SEEN_AGAIN);
  const was = VERDICTS[markers.valueAt(index)];
  return {
    row,
    was,
    now,
    read,
    fixedBy: fixedBy(row, was === "violating", markers.hasFlag(index, CHANGED_BY_US)),
  };
}

/** `undefined` for who did not violate, or is not compliant after this run. */
function fixedBy({ verdict, read, outcome }: ReportRow, violated: boolean, changed: boolean): FixedBy | undefined {
  if (verdict !== "compliant" || (!violated && read !== "violating")) return undefined;
  return outcome === "enforced" || (read === "compliant" && changed) ? "us" : "themselves";
}

/** The digest files tell which pages hold them: nothing else of the earlier population is read again. */
async function* findGone(
  { evidence }: ReportPorts,
  { previous, now }: Pair,
  markers: ChangeMarkers,
  signal: AbortSignal,
): AsyncGenerator<ComparedSubject> {
  const directory = previous.record.id;
  for await (const rows of findDeparted(evidence, previous.manifest.parts, now.manifest.parts)) {
    signal.throwIfAborted();
    for (const row of rows) {
      const index = markers.indexOf(digestSubject(directory, row.id));
      // Not of this pass, or listed twice.
      if (index < 0 || markers.hasFlag(index, SEEN_AGAIN)) continue;
      markers.addFlag(index, SEEN_AGAIN);
      yield { row: { ...row, directory }, was: VERDICTS[markers.valueAt(index)] ?? row.verdict };
    }
  }
}

/** What events changed since the earlier sweep began, and what runs in between that did not read everybody did. */
async function* readChangesBetween({ ledger }: ReportPorts, { previous, now, runs }: Pair): AsyncGenerator<Change> {
  const [from, to] = [previous.manifest.startedAt, now.manifest.endedAt];
  const directory = previous.record.id;
  for (const hour of hoursBetween(Date.parse(from), Date.parse(to) + 1))
    for await (const changes of ledger.listEventChanges(directory, hour))
      yield* changes.filter(({ at }) => at === undefined || (at >= from && at <= to));
  const compared = [previous.record.run, now.record.run];
  const between = runs.filter(
    ({ run, startedAt, directories }) =>
      startedAt >= from && startedAt <= to && !compared.includes(run) && directories.includes(directory),
  );
  for (const { run } of between) for await (const changes of ledger.listChanges(run, directory)) yield* changes;
}
