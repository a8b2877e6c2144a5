/** The rows of a run as a stream, a page of the evidence at a time: each subject once, with what became of it. */

import { WardenError } from "../../errors.ts";
import { countedRow, type EvidenceRow, findDuplicates, loadPage, type StoredFile } from "../../evidence/index.ts";
import type { DirectoryRecord, Evidence, Verdict } from "../../model/index.ts";
import type { ReportPorts, ReportRow, Source } from "./model.ts";
import { type Ending, endingsOf } from "./outcomes.ts";

export async function* rowsOf(
  ports: ReportPorts,
  sources: readonly Source[],
  signal: AbortSignal,
): AsyncGenerator<readonly ReportRow[]> {
  for (const source of sources) yield* rowsIn(ports, source, signal);
}

async function* rowsIn(ports: ReportPorts, source: Source, signal: AbortSignal): AsyncGenerator<readonly ReportRow[]> {
  const { evidence } = ports;
  const { parts } = source.manifest;
  const endings = await endingsOf(ports, source.manifest, signal);
  const once = keepOnce(await repeatsOf(evidence, source));
  let read = 0;
  for await (const rows of pagesOf(
    evidence,
    parts.flatMap(({ pages }) => pages),
  )) {
    signal.throwIfAborted();
    read += rows.length;
    yield once(rows).map((row) => reportRow(source.record, row, endings.get(row.id)));
  }
  checkCount(source, read);
}

/** The next page is fetched and unpacked while this one is worked on. */
async function* pagesOf(evidence: Evidence, pages: readonly StoredFile[]): AsyncGenerator<readonly EvidenceRow[]> {
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
async function repeatsOf(evidence: Evidence, { manifest }: Source): Promise<Map<string, EvidenceRow | undefined>> {
  // A run that did not end well may not have looked.
  if (manifest.status === "completed" && manifest.duplicates === 0) return new Map();
  const found = await findDuplicates(evidence, manifest.parts).catch(loops);
  return new Map(Array.from(found, ([id, rows]) => [id, countedRow(rows)]));
}

/** A listing that repeats itself has no population: the run is incomplete, and says so first; its sightings are shown as they came. */
function loops(error: unknown): Map<string, EvidenceRow[]> {
  if (error instanceof WardenError && error.code === "ERR_READ_LOOP") return new Map();
  throw error;
}

function keepOnce(
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
function reportRow({ id, vendor }: DirectoryRecord, row: EvidenceRow, ending: Ending | undefined): ReportRow {
  const kind: ReportRow["kind"] = row.kind ?? "account";
  const base: ReportRow = { ...row, directory: id, vendor, kind, read: row.verdict };
  // A change that a try left which died, for an account that the next try found in order, is none.
  return ending && row.verdict === "violating" ? { ...base, ...endingFields(ending, row.verdict) } : base;
}

const endingFields = ({ outcome, why, at, facts, verdict }: Ending, read: Verdict) => ({
  outcome,
  outcomeWhy: why,
  verdict: verdict ?? read,
  ...(at === undefined ? {} : { outcomeAt: at }),
  ...(facts === undefined ? {} : { factsAfter: facts }),
});

function checkCount({ record, manifest }: Source, rows: number): void {
  const said = manifest.read + (manifest.duplicates ?? 0);
  if (rows === said) return;
  const message = `The pages of ${record.id} hold ${rows} rows and the manifest says ${said}; do not trust this run.`;
  throw new WardenError("ERR_EVIDENCE_ALTERED", message);
}
