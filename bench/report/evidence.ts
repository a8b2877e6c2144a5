/** Two swept runs in a state folder, as large as wanted, a day apart: real pages, digests, change log, manifest and signature; and its ledger in memory. */
import { hash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { fileSigner } from "../../cli/state/file-signer.ts";
import {
  digestIds,
  directoryFolder,
  type EvidenceRow,
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
  type Change,
  type DirectoryHead,
  type DirectoryRecord,
  type Evidence,
  noVerdicts,
  type RunRecord,
  type SubjectState,
} from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/index.ts";
import type { ReportPorts } from "../../lib/report/index.ts";
import { compile, policyText } from "../sweep/ports.ts";

/** In both all are the same people but for one in a thousand, and others of them violate. */
interface Swept {
  readonly run: string;
  readonly at: string;
  readonly subjects: number;
  /** The first of its people; the others follow. */
  readonly first: number;
}

const RUN = "01KBENCH00000000000000REPORT";
const BEFORE = "01KBENCH00000000000000BEFORE";
const DIRECTORY = "workforce";
const PAGE = 1_000;
const PAGES_A_PART = 10;
/** Of a hundred: one was enforced, one waits for its person, one is unknown, three are disabled. */
const AT = "2026-11-20T06:00:00.000Z";
const DAY_BEFORE = "2026-11-19T06:00:00.000Z";

export const evidenceIn = (state: string): string => join(state, "evidence");

const policy = compile(
  policyText({
    environment: "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6",
    endpoints: { api: "http://127.0.0.1:9", auth: "http://127.0.0.1:9" },
  }),
);

/** As hard to pack as a vendor's: the size as stored is then a real one. */
function idAt(index: number): string {
  const hex = hash("sha256", String(index));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const FIRST = ["ada", "grace", "linus", "radia", "dennis", "margaret", "ken", "hedy", "barbara", "alan"];
const LAST = [
  "lovelace",
  "hopper",
  "perlman",
  "hamilton",
  "ritchie",
  "lamarr",
  "liskov",
  "turing",
  "wirth",
  "dijkstra",
];
const nameAt = (index: number) => `${FIRST[index % 10]}.${LAST[Math.floor(index / 10) % 10]}.${index}@example.com`;
const kindAt = (index: number, run: string) => (run === RUN ? index : index + 50) % 100;

/** The same for the same index. */
function rowAt(index: number, { at, run }: Swept): EvidenceRow {
  const kind = kindAt(index, run);
  const base = {
    id: idAt(index),
    username: nameAt(index),
    observedAt: at,
    since: new Date(Date.parse(AT) - (index % 900) * 86_400_000).toISOString(),
  };
  const bound = { rule: "everyone", requirement: "enabled" };
  if (kind < 2)
    return { ...base, ...bound, facts: { active: true, enabled: false }, verdict: "violating", why: "MFA is off." };
  if (kind === 2)
    return {
      ...base,
      ...bound,
      facts: { active: true, enabled: null },
      verdict: "unknown",
      why: "Whether MFA is on is not known: the answer did not say.",
    };
  if (kind < 6)
    return {
      ...base,
      facts: { active: false, enabled: true },
      verdict: "out-of-scope",
      why: "The account is disabled.",
    };
  return { ...base, ...bound, facts: { active: true, enabled: true }, verdict: "compliant", why: "MFA is on." };
}

function changeAt(index: number, { run, at }: Swept): Change {
  const foreseen = kindAt(index, run) === 1;
  return {
    ...{
      run,
      directory: DIRECTORY,
      id: idAt(index),
      username: nameAt(index),
      rule: "everyone",
      requirement: "enabled",
    },
    ...{ before: { active: true, enabled: false }, author: "bench", step: 0, at },
    ...(foreseen
      ? { foreseen, outcome: "needs-user", why: "no usable device, so switching on now could lock this person out" }
      : { outcome: "enforced", why: "the read-back shows MFA on" }),
  };
}

/** As the embedded bucket lays it out. */
function folderEvidence(root: string): Evidence {
  return {
    place: root,
    async put(key, bytes) {
      const path = join(root, key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    },
    get: async (key) => readFileSync(join(root, key)),
  };
}

/** Writes a run of so many subjects, and the one before it, into the state folder. */
export async function makeRun(state: string, subjects: number): Promise<void> {
  const before = await storeRun(state, sweptAt(BEFORE, subjects), {});
  const head = { manifest: { run: BEFORE, hash: before.manifest ?? "" } };
  const record = await storeRun(state, sweptAt(RUN, subjects), head);
  writeFileSync(join(state, RECORD), JSON.stringify({ subjects, policyHash: hashPolicy(policy), record, before }));
}

const sweptAt = (run: string, subjects: number): Swept =>
  run === BEFORE
    ? { run, at: DAY_BEFORE, subjects, first: Math.floor(subjects / 1_000) }
    : { run, at: AT, subjects, first: 0 };

async function storeRun(state: string, swept: Swept, head: DirectoryHead): Promise<DirectoryRecord> {
  const { run, at, subjects } = swept;
  const evidence = folderEvidence(evidenceIn(state));
  const signal = AbortSignal.timeout(30 * 60_000);
  const signer = fileSigner(state);
  const { parts, verdicts } = await storeRows(evidence, swept);
  const policyHash = hashPolicy(policy);
  const { changeLog, changes } = await storeChanges(evidence, directoryFolder(run, DIRECTORY), changesOf(swept));
  const after = addCounts(addCounts(verdicts, { compliant: changes.enforced }), { violating: changes.enforced }, -1);
  const record: DirectoryRecord = {
    ...{ run, id: DIRECTORY, vendor: "pingone", status: "completed", mode: "enforce", total: subjects, read: subjects },
    ...{ verdicts, after, changes, problems: [], duplicates: 0, departed: 0, plan: policyHash },
  };
  const files = { policyFile: await storePolicy(evidence, policy, policyHash), parts, changeLog };
  const manifest: SweepManifest = {
    ...{ ...record, kind: "sweep", origin, policy: policyHash, code: "bench", startedAt: at, endedAt: at },
    ...{
      totals: [subjects, subjects],
      cursors: { first: null, last: null },
      departedHow: { confirmed: 0, unconfirmed: 0 },
    },
    ...(await linkManifest(files, head, signer, signal)),
  };
  return { ...record, manifest: await storeManifest(evidence, signer, manifest, signal) };
}

const RECORD = "record.json";
const origin = { by: "bench", how: "bench" };

async function storeRows(evidence: Evidence, swept: Swept) {
  const { run, subjects, first: shift } = swept;
  const parts: ReadSegment[] = [];
  let verdicts = noVerdicts();
  for (let from = 0; from < subjects; from += PAGE * PAGES_A_PART) {
    const key = (what: string) => `${directoryFolder(run, DIRECTORY)}/${what}`;
    const step = String(parts.length).padStart(5, "0");
    const pages = [];
    const ids: string[] = [];
    for (let n = 0; n < PAGES_A_PART && from + n * PAGE < subjects; n++) {
      const first = from + n * PAGE;
      const rows = Array.from({ length: Math.min(PAGE, subjects - first) }, (_, i) => rowAt(shift + first + i, swept));
      for (const { id, verdict } of rows) {
        ids.push(id);
        verdicts = { ...verdicts, [verdict]: verdicts[verdict] + 1 };
      }
      pages.push(await storePage(evidence, key(`page-${step}-${String(n).padStart(5, "0")}.ndjson.gz`), rows));
    }
    parts.push({ pages, ids: await storeDigests(evidence, key(`ids-${step}.bin`), digestIds(ids)) });
  }
  return { parts, verdicts };
}

async function* changesOf(swept: Swept): AsyncGenerator<Change[]> {
  const { run, subjects, first } = swept;
  for (let from = 0; from < subjects; from += PAGE)
    yield Array.from({ length: Math.min(PAGE, subjects - from) }, (_, i) => first + from + i)
      .filter((index) => kindAt(index, run) < 2)
      .map((index) => changeAt(index, swept));
}

const recordSchema = v.object({
  subjects: v.number(),
  policyHash: v.string(),
  record: v.custom<DirectoryRecord>((value) => typeof value === "object"),
  before: v.custom<DirectoryRecord>((value) => typeof value === "object"),
});

/** What a report reads a made run by: the evidence from its folder, the ledger from memory, with 29 runs before it. @param compares the last of them is kept: there is something to compare with */
export function portsOver(state: string, compares: boolean): ReportPorts {
  const text = readFileSync(join(state, RECORD), "utf8");
  const { subjects, policyHash, record, before } = v.parse(recordSchema, JSON.parse(text));
  const runAt = (ago: number): RunRecord => ({
    ...{
      run: [RUN, BEFORE][ago] ?? `01K${ago}`,
      mode: "enforce",
      status: "completed",
      origin,
      policy: policyHash,
      code: "bench",
    },
    startedAt: new Date(Date.parse(AT) - ago * 86_400_000).toISOString(),
    ...{ endedAt: AT, directories: [DIRECTORY] },
  });
  const runs = Array.from({ length: 30 }, (_, ago) => runAt(ago));
  const { manifest: _, ...bare } = record;
  const recordAt = (run: string) => (run === RUN ? record : run === BEFORE && compares ? before : { ...bare, run });
  const ledger: ReportPorts["ledger"] = {
    readRun: async (run) => {
      const found = runs.find((one) => one.run === run);
      return found && { run: found, directories: [recordAt(run)] };
    },
    listRuns: async (limit) => runs.slice(0, limit),
    listChanges: (run) => changesOf(sweptAt(run, subjects)),
    async *listEventChanges() {},
    readStates: async (_, ids) => new Map(ids.map((id) => [id, stateOf(id)])),
    readHistory: async () => ({ events: [] }),
  };
  return { ledger, evidence: folderEvidence(evidenceIn(state)), clock: () => Date.parse(AT) };
}

function stateOf(id: string): SubjectState {
  const facts = { active: true, enabled: true };
  const judged = { verdict: "compliant", why: "MFA is on.", rule: "everyone", requirement: "enabled" } as const;
  return {
    ...{ directory: DIRECTORY, id, username: "", judgement: judged, facts, observedAt: AT, firstSeenAt: AT },
    event: { ...judged, id: `${AT}#1`, kind: "outcome", at: AT, run: RUN, facts, outcome: "enforced" },
  };
}
