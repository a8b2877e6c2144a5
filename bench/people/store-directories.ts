/** Sweeps of several directories with the same people in them, in a state folder: real pages, manifests and signatures. */
import { hash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { fileSigner } from "../../cli/state/file-signer.ts";
import {
  digestIds,
  directoryFolder,
  type EvidenceRow,
  linkManifest,
  type ReadSegment,
  type SweepManifest,
  storeDigests,
  storeManifest,
  storePage,
  storePolicy,
} from "../../lib/evidence/index.ts";
import { type DirectoryRecord, directoryRecord, type Evidence, noVerdicts } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/index.ts";
import { folderEvidence } from "../shared/evidence-stores.ts";
import { compilePolicy, RULES, UNREACHABLE_TENANT } from "../shared/policy.ts";

export const RUN = "01KBENCH00000000000000PEOPLE";
export const AT = "2026-11-20T06:00:00.000Z";
export const ORIGIN = { by: "bench", how: "bench" };
export const DIRECTORIES = ["workforce", "partners", "cloud"];
const PAGE_SIZE = 1_000;
const STORE_TIMEOUT_MS = 30 * 60_000;
const RECORDS_FILE = "records.json";
const { environment, endpoints } = UNREACHABLE_TENANT;

const policy = compilePolicy(`version: 1
directories:
${DIRECTORIES.map((id) => `  - { id: ${id}, vendor: pingone, environment: ${environment}, region: com, endpoints: { api: "${endpoints.api}", auth: "${endpoints.auth}" } }`).join("\n")}
${RULES}people: { by: [email, username] }
`);
export const policyHash = hashPolicy(policy);

/** Everybody has an account in the first directory; every second one in the second; two of three in the last. */
export const hasAccount = (person: number, directory: number): boolean =>
  directory === 0 || (directory === 1 ? person % 2 === 0 : person % 3 !== 0);

/** In the last directory one of seven has no MFA. */
export const violates = (person: number, directory: number): boolean => directory === 2 && person % 7 === 0;

export const evidenceIn = (state: string): string => join(state, "evidence");

const recordsSchema = v.array(v.custom<DirectoryRecord>((value) => typeof value === "object"));

/** What the ledger would hold of the run. */
export const readRecords = (state: string): DirectoryRecord[] =>
  v.parse(recordsSchema, JSON.parse(readFileSync(join(state, RECORDS_FILE), "utf8")));

/** Writes one run over all directories into the state folder. */
export async function storeDirectories(state: string, people: number): Promise<void> {
  const records: DirectoryRecord[] = [];
  for (const number of DIRECTORIES.keys()) records.push(await storeDirectory(state, number, people));
  writeFileSync(join(state, RECORDS_FILE), JSON.stringify(records));
}

async function storeDirectory(state: string, number: number, people: number): Promise<DirectoryRecord> {
  const id = DIRECTORIES[number] ?? "";
  const evidence = folderEvidence(evidenceIn(state));
  const parts = await storeRows(evidence, number, people);
  const read = parts.reduce((sum, { ids }) => sum + ids.count, 0);
  const record = directoryRecord(
    { run: RUN, id, vendor: "pingone", status: "completed", mode: "plan" },
    { read, total: read, verdicts: noVerdicts(), after: noVerdicts(), duplicates: 0, departed: 0, plan: policyHash },
  );
  const files = { policyFile: await storePolicy(evidence, policy, policyHash), parts, changeLog: [] };
  const signal = AbortSignal.timeout(STORE_TIMEOUT_MS);
  const signer = fileSigner(state);
  const manifest: SweepManifest = {
    ...record,
    kind: "sweep",
    origin: ORIGIN,
    policy: policyHash,
    code: "bench",
    startedAt: AT,
    endedAt: AT,
    totals: [read, read],
    cursors: { first: null, last: null },
    departedHow: { confirmed: 0, unconfirmed: 0 },
    people: "the same for all",
    ...(await linkManifest(files, {}, signer, signal)),
  };
  return { ...record, manifest: await storeManifest(evidence, signer, manifest, signal) };
}

async function storeRows(evidence: Evidence, directory: number, people: number): Promise<ReadSegment[]> {
  const parts: ReadSegment[] = [];
  let rows: EvidenceRow[] = [];
  for (let person = 0; person < people; person++) {
    if (hasAccount(person, directory)) rows.push(rowOf(person, directory));
    if (rows.length < PAGE_SIZE && person < people - 1) continue;
    parts.push(await storeSegment(evidence, directory, parts.length, rows));
    rows = [];
  }
  return parts;
}

async function storeSegment(evidence: Evidence, directory: number, index: number, rows: readonly EvidenceRow[]) {
  const name = `${directoryFolder(RUN, DIRECTORIES[directory] ?? "")}/`;
  const page = await storePage(evidence, `${name}page-${index}.ndjson.gz`, rows);
  const ids = await storeDigests(evidence, `${name}ids-${index}.bin`, digestIds(rows.map(({ id }) => id)));
  return { pages: [page], ids };
}

/** The user name is another one in each directory. */
function rowOf(person: number, directory: number): EvidenceRow {
  const username = `${directory}.person.${person}@example.com`;
  const isOff = violates(person, directory);
  return {
    id: digestOf(`id ${directory} ${person}`),
    username,
    facts: { active: true, enabled: !isOff },
    verdict: isOff ? "violating" : "compliant",
    rule: "everyone",
    requirement: "enabled",
    why: isOff ? "MFA is off." : "MFA is on.",
    observedAt: AT,
    since: AT,
    person: { email: digestOf(`email ${person}`), username: digestOf(`username ${username}`) },
  };
}

const digestOf = (text: string): string => hash("sha256", text, "buffer").toString("base64url", 0, 12);
