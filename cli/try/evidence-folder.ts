/** A folder with evidence, as a pack or a pipeline's artifact brings it, read as a report reads ledger and bucket. */

import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { WardenError } from "../../lib/errors.ts";
import {
  isBetweenSweeps,
  manifestKey,
  readSweepManifest,
  type SweepManifest,
  sha256,
} from "../../lib/evidence/index.ts";
import { type Evidence, RUN_STATUSES, type RunRecord, statusOfRun } from "../../lib/model/index.ts";
import type { ReportPorts } from "../../lib/report/index.ts";

/** Where the evidence may lie in what was given: by itself, in a pack or a state folder, in the folder of a workspace. */
const PLACES = ["", "evidence", ".mfa-warden/evidence"];

/** Ports over the evidence of a folder, and the run to look at. */
export interface RecordedEvidence {
  readonly ports: Pick<ReportPorts, "ledger" | "evidence">;
  readonly run: string;
}

/**
 * The newest run of a folder that left manifests, or the one that is named. What the manifests say is not checked against a ledger or a
 * key: that is `verify`. Throws `ERR_INPUT_INVALID`, `ERR_RUN_UNKNOWN` and `ERR_EVIDENCE_ALTERED`.
 */
export async function openEvidenceFolder(folder: string, wanted?: string): Promise<RecordedEvidence> {
  const root = PLACES.map((place) => join(folder, place)).find((place) => existsSync(join(place, "runs")));
  if (root === undefined)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${folder} holds no evidence: name the folder that a pack was unpacked into, or a copy of the folder \`evidence\`.`,
    );
  const run = wanted ?? newestRun(root);
  if (run === undefined || !directoriesOf(root, run).length)
    throw new WardenError(
      "ERR_RUN_UNKNOWN",
      `${folder} holds no manifest of ${run === undefined ? "any run" : `run ${run}`}.`,
    );
  const evidence = folderEvidence(root);
  const records = await Promise.all(directoriesOf(root, run).map((directory) => readRecord(evidence, run, directory)));
  return { ports: { evidence, ledger: ledgerOf(records) }, run };
}

/** A run's id sorts by time. */
const newestRun = (root: string): string | undefined =>
  readdirSync(join(root, "runs"))
    .filter((run) => !isBetweenSweeps(run) && directoriesOf(root, run).length > 0)
    .toSorted()
    .at(-1);

const directoriesOf = (root: string, run: string): string[] => {
  if (!isPlain(run) || !existsSync(join(root, "runs", run))) return [];
  return readdirSync(join(root, "runs", run)).filter((directory) =>
    existsSync(join(root, manifestKey(run, directory))),
  );
};

/** No part of a key leads out of the folder: keys come from the manifests. */
const isPlain = (part: string): boolean => /^[\w@%+=:,~ .-]+$/.test(part) && !/^\.+$/.test(part);

const folderEvidence = (root: string): Evidence => ({
  place: root,
  put: () => Promise.reject(new Error("evidence that was given is never written")),
  async get(key) {
    const missing = new WardenError("ERR_EVIDENCE_UNAVAILABLE", `${root} lacks the evidence file ${key}.`);
    if (!key.split("/").every(isPlain)) throw missing;
    return readFile(join(root, key)).catch(() => Promise.reject(missing));
  },
});

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const file = v.looseObject({ key: v.string(), sha256: hash, count });
const counts = v.record(v.string(), count);
const moment = v.pipe(v.string(), v.isoTimestamp());

/** What is read of a manifest; the rest of it plays no part here. */
const manifestSchema = v.looseObject({
  version: v.literal(2),
  kind: v.literal("sweep"),
  run: v.string(),
  id: v.string(),
  vendor: v.string(),
  mode: v.picklist(["plan", "enforce"]),
  status: v.picklist(RUN_STATUSES),
  read: count,
  verdicts: counts,
  after: counts,
  changes: counts,
  problems: v.array(v.looseObject({ code: v.string(), message: v.string() })),
  origin: v.looseObject({ by: v.string(), how: v.string() }),
  policy: hash,
  code: v.string(),
  startedAt: moment,
  endedAt: moment,
  parts: v.array(v.looseObject({ pages: v.array(file), ids: file })),
  changeLog: v.array(file),
});

type Recorded = SweepManifest & { readonly manifest: string };

async function readRecord(evidence: Evidence, run: string, directory: string): Promise<Recorded> {
  const key = manifestKey(run, directory);
  const bytes = await evidence.get(key);
  const read = v.safeParse(manifestSchema, parseJson(new TextDecoder().decode(bytes)));
  if (read.success && read.output.run === run && read.output.id === directory) {
    const manifest = sha256(bytes);
    return { ...(await readSweepManifest(evidence, run, directory, manifest)), manifest };
  }
  throw new WardenError("ERR_EVIDENCE_ALTERED", `The manifest ${key} is not of the form that this version reads.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a ledger would say of one run; of nothing else. */
function ledgerOf(records: readonly Recorded[]): ReportPorts["ledger"] {
  const found = { run: runOf(records), directories: records };
  return {
    readRun: async (run) => (run === found.run.run ? found : undefined),
    readPlans: async () => [],
    listAttempts: async () => [],
    listRuns: async () => [],
    listChanges: nothing,
    listEventChanges: nothing,
    readStates: async () => new Map(),
    readHistory: async () => ({ events: [] }),
  };
}

async function* nothing(): AsyncGenerator<never> {}

function runOf(records: readonly Recorded[]): RunRecord {
  const [first] = records;
  if (!first) throw new WardenError("ERR_RUN_UNKNOWN", "There is no manifest of this run.");
  const { run, mode, origin, policy, code } = first;
  const started = records.map(({ startedAt }) => startedAt).toSorted();
  const ended = records.map(({ endedAt }) => endedAt).toSorted();
  return {
    run,
    mode,
    status: statusOfRun(records.map(({ status }) => (status === "running" ? "failed" : status))),
    origin,
    policy,
    code,
    startedAt: started[0] ?? first.startedAt,
    endedAt: ended.at(-1) ?? first.endedAt,
    directories: records.map(({ id }) => id),
  };
}
