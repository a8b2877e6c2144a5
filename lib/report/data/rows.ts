/** The rows of a run as a stream, a page of the evidence at a time: each subject once, with what became of it. */

import { WardenError } from "../../errors.ts";
import { countedRow, type EvidenceRow, findDuplicates, loadPage, type StoredFile } from "../../evidence/index.ts";
import { type DirectoryRecord, type Evidence, omitUndefined } from "../../model/index.ts";
import type { ReportPorts, ReportRow, SweptDirectory } from "./model.ts";
import { type PlannedChange, readPlannedOutcomes } from "./planned-outcomes.ts";
import { readRecoveredRows } from "./recovered-rows.ts";

/** A page at a time, with what became of the planned changes. Throws `ERR_EVIDENCE_ALTERED`, `ERR_EVIDENCE_UNAVAILABLE`. */
export async function* readRows(
  ports: ReportPorts,
  swept: readonly SweptDirectory[],
  signal: AbortSignal,
): AsyncGenerator<readonly ReportRow[]> {
  for (const directory of swept) yield* readDirectoryRows(ports, directory, signal);
}

async function* readDirectoryRows(
  ports: ReportPorts,
  swept: SweptDirectory,
  signal: AbortSignal,
): AsyncGenerator<readonly ReportRow[]> {
  const { evidence } = ports;
  const pages = swept.manifest.parts.flatMap((part) => part.pages);
  const outcomes = await readPlannedOutcomes(ports, { ...swept.manifest, run: swept.record.run }, signal);
  const withoutDuplicates = duplicateFilter(await readDuplicates(evidence, swept));
  let read = 0;
  for await (const rows of readPages(evidence, pages)) {
    signal.throwIfAborted();
    read += rows.length;
    yield withoutDuplicates(rows).map((row) => reportRow(swept.record, row, outcomes.get(row.id)));
  }
  checkCount(swept, read);
  yield* readRecoveredRows(evidence, swept, outcomes);
}

/** The next page is fetched and unpacked while this one is worked on. */
async function* readPages(evidence: Evidence, pages: readonly StoredFile[]): AsyncGenerator<readonly EvidenceRow[]> {
  const fetch = (index: number) => {
    const page = pages[index];
    const loading = page && loadPage(evidence, page);
    // Its failure is met where it is waited for; until then it must not be taken for one that nobody handles.
    loading?.catch(() => {});
    return loading;
  };
  let next = fetch(0);
  for (let index = 0; next; index++) {
    const rows = await next;
    next = fetch(index + 1);
    yield rows;
  }
}

/** The reading that counts, of everybody who was listed more than once. */
async function readDuplicates(
  evidence: Evidence,
  { manifest }: SweptDirectory,
): Promise<Map<string, EvidenceRow | undefined>> {
  // A run that did not end well may not have looked.
  if (manifest.status === "completed" && manifest.duplicates === 0) return new Map();
  const found = await findDuplicates(evidence, manifest.parts).catch(noneOfLoop);
  return new Map(Array.from(found, ([id, rows]) => [id, countedRow(rows)]));
}

/** A listing that repeats itself has no population: the run is incomplete, and says so first; its sightings are shown as they came. */
function noneOfLoop(error: unknown): Map<string, EvidenceRow[]> {
  if (error instanceof WardenError && error.code === "ERR_READ_LOOP") return new Map();
  throw error;
}

function duplicateFilter(
  repeats: ReadonlyMap<string, EvidenceRow | undefined>,
): (rows: readonly EvidenceRow[]) => readonly EvidenceRow[] {
  const left = new Map(repeats);
  return (rows) => {
    if (repeats.size === 0) return rows;
    return rows.flatMap((row) => {
      if (!repeats.has(row.id)) return [row];
      const counts = left.get(row.id);
      left.delete(row.id);
      return counts ? [counts] : [];
    });
  };
}

/** Most rows are of nobody whom a change was planned for: they take one copy, since a million of them are made. */
function reportRow({ id, vendor }: DirectoryRecord, row: EvidenceRow, planned: PlannedChange | undefined): ReportRow {
  const kind: ReportRow["kind"] = row.kind ?? "account";
  const read = row.verdict;
  const asRead: ReportRow = { ...row, directory: id, vendor, kind, read };
  // A change that a try left which died, for an account that the next try found in order, is none.
  if (!planned || (read !== "violating" && planned.undoes === undefined)) return asRead;
  const { undoes, notice } = planned;
  if (planned.outcome === undefined) return { ...asRead, planned: true, ...omitUndefined({ undoes, notice }) };
  const { outcome, why: outcomeWhy, at: outcomeAt, facts: factsAfter, verdict = read } = planned;
  return { ...asRead, outcome, outcomeWhy, verdict, ...omitUndefined({ outcomeAt, factsAfter, undoes, notice }) };
}

function checkCount({ record, manifest }: SweptDirectory, rows: number): void {
  const expected = manifest.read + (manifest.duplicates ?? 0);
  if (rows === expected) return;
  const message = `The pages of ${record.id} hold ${rows} rows and the manifest says ${expected}; do not trust this run.`;
  throw new WardenError("ERR_EVIDENCE_ALTERED", message);
}
