/** Two swept runs in a state folder, a day apart: real pages, digests, change log, manifest and signature. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { fileSigner } from "../../cli/state/file-signer.ts";
import {
  digestIds,
  directoryFolder,
  linkManifest,
  type ReadSegment,
  type SweepManifest,
  storeChanges,
  storeDigests,
  storeManifest,
  storePage,
  storePolicy,
} from "../../lib/evidence/index.ts";
import {
  addCounts,
  type DirectoryHead,
  type DirectoryRecord,
  type Evidence,
  noVerdicts,
} from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/index.ts";
import { folderEvidence } from "../shared/evidence-stores.ts";
import { compilePolicy, DIRECTORY, policyText, UNREACHABLE_TENANT } from "../shared/policy.ts";
import { changesOf, rowAt, runBefore, runOf, type SweptRun } from "./swept-people.ts";

export const PAGE_SIZE = 1_000;
const PAGES_A_SEGMENT = 10;
const STORE_TIMEOUT_MS = 30 * 60_000;
const RECORDS_FILE = "record.json";
export const ORIGIN = { by: "bench", how: "bench" };

const policy = compilePolicy(policyText(UNREACHABLE_TENANT));

export const evidenceIn = (state: string): string => join(state, "evidence");

const recordsSchema = v.object({
  subjects: v.number(),
  policyHash: v.string(),
  record: v.custom<DirectoryRecord>((value) => typeof value === "object"),
  before: v.custom<DirectoryRecord>((value) => typeof value === "object"),
});
export type StoredRecords = v.InferOutput<typeof recordsSchema>;

/** Writes a run of so many subjects, and the one before it, into the state folder. */
export async function storeRuns(state: string, subjects: number): Promise<void> {
  const earlier = runBefore(subjects);
  const before = await storeRun(state, earlier, {});
  const head = { manifest: { run: earlier.run, hash: before.manifest ?? "" } };
  const record = await storeRun(state, runOf(subjects), head);
  const records: StoredRecords = { subjects, policyHash: hashPolicy(policy), record, before };
  writeFileSync(join(state, RECORDS_FILE), JSON.stringify(records));
}

/** What the ledger would hold of the two runs. */
export const readRecords = (state: string): StoredRecords =>
  v.parse(recordsSchema, JSON.parse(readFileSync(join(state, RECORDS_FILE), "utf8")));

async function storeRun(state: string, swept: SweptRun, head: DirectoryHead): Promise<DirectoryRecord> {
  const { run, at, subjects } = swept;
  const evidence = folderEvidence(evidenceIn(state));
  const policyHash = hashPolicy(policy);
  const { parts, verdicts } = await storeRows(evidence, swept);
  const folder = directoryFolder(run, DIRECTORY);
  const { changeLog, changes } = await storeChanges(evidence, folder, changesOf(swept, PAGE_SIZE));
  const policyFile = await storePolicy(evidence, policy, policyHash);
  const record: DirectoryRecord = {
    run,
    id: DIRECTORY,
    vendor: "pingone",
    status: "completed",
    mode: "enforce",
    total: subjects,
    read: subjects,
    verdicts,
    after: addCounts(addCounts(verdicts, { compliant: changes.enforced }), { violating: changes.enforced }, -1),
    changes,
    problems: [],
    duplicates: 0,
    departed: 0,
    plan: policyHash,
  };
  const hash = await storeSigned({ state, evidence, record, at, head, files: { policyFile, parts, changeLog } });
  return { ...record, manifest: hash };
}

interface UnsignedRun {
  readonly state: string;
  readonly evidence: Evidence;
  readonly record: DirectoryRecord;
  readonly at: string;
  readonly head: DirectoryHead;
  readonly files: Pick<SweepManifest, "policyFile" | "parts" | "changeLog">;
}

/** Stores the signed manifest and answers its hash. */
async function storeSigned({ state, evidence, record, at, head, files }: UnsignedRun): Promise<string> {
  const signal = AbortSignal.timeout(STORE_TIMEOUT_MS);
  const signer = fileSigner(state);
  const manifest: SweepManifest = {
    ...record,
    kind: "sweep",
    origin: ORIGIN,
    policy: hashPolicy(policy),
    code: "bench",
    startedAt: at,
    endedAt: at,
    totals: [record.read, record.read],
    cursors: { first: null, last: null },
    departedHow: { confirmed: 0, unconfirmed: 0 },
    ...(await linkManifest(files, head, signer, signal)),
  };
  return storeManifest(evidence, signer, manifest, signal);
}

async function storeRows(evidence: Evidence, swept: SweptRun) {
  const parts: ReadSegment[] = [];
  let verdicts = noVerdicts();
  const segmentSize = PAGE_SIZE * PAGES_A_SEGMENT;
  for (let start = 0; start < swept.subjects; start += segmentSize) {
    const rows = Array.from({ length: Math.min(segmentSize, swept.subjects - start) }, (_, i) =>
      rowAt(swept.first + start + i, swept),
    );
    for (const { verdict } of rows) verdicts = addCounts(verdicts, { [verdict]: 1 });
    parts.push(await storeSegment(evidence, swept.run, parts.length, rows));
  }
  return { parts, verdicts };
}

async function storeSegment(
  evidence: Evidence,
  run: string,
  index: number,
  rows: readonly ReturnType<typeof rowAt>[],
): Promise<ReadSegment> {
  const folder = directoryFolder(run, DIRECTORY);
  const segment = padNumber(index);
  const pages = [];
  for (let page = 0; page * PAGE_SIZE < rows.length; page++) {
    const key = `${folder}/page-${segment}-${padNumber(page)}.ndjson.gz`;
    pages.push(await storePage(evidence, key, rows.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)));
  }
  const ids = await storeDigests(evidence, `${folder}/ids-${segment}.bin`, digestIds(rows.map(({ id }) => id)));
  return { pages, ids };
}

const padNumber = (value: number): string => String(value).padStart(5, "0");
