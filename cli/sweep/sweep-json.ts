/** The one object of `sweep --json`. */

import { type DirectoryRecord, type Ledger, omitUndefined, type RunRecord } from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { changeJson, readPlan } from "../plan/read-plan.ts";
import { isNote, noteCode } from "../terminal/notes.ts";
import { type RecordPlaces, runFolder } from "../terminal/places.ts";

export async function sweepJson(
  { run, mode, status, directories }: RunReport,
  records: RecordPlaces & { readonly ledger: Ledger },
): Promise<object> {
  const recorded = await records.ledger.readRun(run);
  return {
    run,
    mode,
    status,
    ...timesJson(recorded?.run),
    state: records.place,
    evidence: runFolder(records, run),
    directories: await Promise.all(directories.map((record) => directoryJson(record, records.ledger))),
  };
}

const timesJson = (record: RunRecord | undefined) =>
  omitUndefined({ startedAt: record?.startedAt, endedAt: record?.endedAt });

async function directoryJson(record: DirectoryRecord, ledger: Ledger): Promise<object> {
  const changes = record.changes.planned > 0 ? await readPlan(ledger, record.run, record.id) : [];
  return {
    id: record.id,
    vendor: record.vendor,
    status: record.status,
    total: record.total ?? null,
    read: record.read,
    verdicts: record.verdicts,
    changes: record.changes,
    after: record.after,
    plan: { hash: record.plan ?? null, changes: changes.map(changeJson) },
    head: record.manifest ?? null,
    problems: record.problems.filter((problem) => !isNote(problem)).map(({ code, message }) => ({ code, message })),
    notes: record.problems.filter(isNote).map((note) => ({ code: noteCode(note), message: note.message })),
  };
}
