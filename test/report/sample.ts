/** Made-up runs for the report's tests: rows of every kind, seeded, and what stands around them. */

import {
  type DirectoryRecord,
  noVerdicts,
  OUTCOMES,
  type Outcome,
  omitUndefined,
  VERDICTS,
  type Verdict,
} from "../../lib/model/index.ts";
import type { Exemption } from "../../lib/policy/index.ts";
import type { ReportData, ReportHead, ReportRow, SweptDirectory } from "../../lib/report/data/index.ts";
import { compile } from "../world.ts";
import { directoryRecord, reportHead } from "./builders.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";

const RUN = "01SAMPLE";
export const AT = "2026-11-20T06:00:00.000Z";
const DAY_MS = 86_400_000;

const POLICY = `version: 1
timezone: Europe/Berlin
directories:
  - { id: workforce, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com, mode: enforce }
  - { id: partners, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f7, region: eu }
rules:
  - name: break-glass
    match: { accounts: [{ id: workforce/u0, username: u0@example.com }] }
    require: phishing-resistant
    enforce: never
  - name: everyone
    match: all
    require: enabled
exemptions:
  - { account: { id: workforce/u3 }, reason: Hardware key on order, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: 2026-11-01, until: 2026-12-15 }
  - { account: { id: workforce/nobody }, reason: Left long ago, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: 2026-10-01, until: 2026-11-25 }
  - { account: { id: partners/u5 }, reason: "<b>bold</b> reasons", ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: 2026-09-01, until: 2026-10-01 }
`;
const compiled = compile(POLICY);
/** With one exemption as an earlier version compiled it, which did not ask who allowed it. */
export const policy: typeof compiled = {
  ...compiled,
  exemptions: compiled.exemptions.map((exemption) =>
    exemption.directory === "partners" ? withoutApproval(exemption) : exemption,
  ),
};

function withoutApproval({ approvedBy: _, owner: __, ticket: ___, control: ____, ...rest }: Exemption): Exemption {
  return rest;
}

/** Answers the same numbers from 0 to 1 for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function sampleRows(count: number, seed = 7, open = 0.05): ReportRow[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => rowAt(i, random, open));
}

function rowAt(i: number, random: () => number, open: number): ReportRow {
  const directory = random() < 0.8 ? "workforce" : "partners";
  const read =
    random() > open
      ? pick<Verdict>(random, ["compliant", "compliant", "compliant", "out-of-scope"])
      : pick(random, VERDICTS);
  const outcome = read === "violating" && random() < 0.5 ? pick(random, OUTCOMES) : undefined;
  return {
    directory,
    vendor: "pingone",
    kind: random() < 0.02 ? "profile" : "account",
    id: `u${i}`,
    username: HOSTILE_NAMES[i] ?? `user.${i}@example.com`,
    verdict: outcome === "enforced" || outcome === "already" ? "compliant" : read,
    read,
    why:
      read === "violating"
        ? "MFA is off; no usable device."
        : read === "out-of-scope"
          ? "The account is disabled."
          : "As it is.",
    ...(read === "out-of-scope" ? {} : { rule: i % 50 === 0 ? "break-glass" : "everyone", requirement: "enabled" }),
    facts: { active: read !== "out-of-scope", enabled: read === "compliant" },
    observedAt: AT,
    since: new Date(Date.parse(AT) - Math.floor(random() * 400) * DAY_MS).toISOString(),
    ...(random() < 0.02 ? { custodial: true as const } : {}),
    ...(outcome ? endOf(outcome) : {}),
  };
}

const endOf = (outcome: Outcome) => ({
  outcome,
  outcomeWhy: `it ended as ${outcome}`,
  outcomeAt: AT,
  ...(outcome === "enforced" ? { factsAfter: { active: true, enabled: true } } : {}),
});
const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

export function countsOf(rows: readonly ReportRow[], field: "verdict" | "read" = "verdict"): Record<Verdict, number> {
  const counts = noVerdicts();
  for (const row of rows) counts[row[field]]++;
  return counts;
}

function recordOf(id: string, rows: readonly ReportRow[], change: Partial<DirectoryRecord>): DirectoryRecord {
  const own = rows.filter(({ directory }) => directory === id);
  return directoryRecord({
    run: RUN,
    id,
    read: own.length,
    total: own.length,
    verdicts: countsOf(own, "read"),
    after: countsOf(own),
    manifest: "ab".repeat(32),
    plan: "cd".repeat(32),
    duplicates: 0,
    ...change,
  });
}

export interface SampleOptions {
  readonly head?: Partial<ReportHead>;
  readonly record?: Partial<DirectoryRecord>;
  readonly runs?: number;
  /** The policy of the run is not kept. */
  readonly lost?: boolean;
}

/** A run over these rows, as `gather` would answer it. */
export function sampleRun(
  rows: readonly ReportRow[],
  { head = {}, record = {}, runs = 24, lost = false }: SampleOptions = {},
): ReportData {
  const directories = [recordOf("workforce", rows, record), recordOf("partners", rows, {})];
  return {
    head: reportHead({
      run: RUN,
      policy: "ef".repeat(32),
      code: "mfa-warden test",
      origin: { by: "arn:aws:iam::111122223333:role/scheduler", how: "schedule: daily" },
      startedAt: AT,
      endedAt: AT,
      madeAt: AT,
      directories,
      ...head,
    }),
    swept: directories.filter(({ status }) => status === "completed").map(sweptDirectory),
    ...omitUndefined({ policy: lost ? undefined : policy }),
    trend: Array.from({ length: runs }, (_, i) => trendPoint(i - runs + 1, rows)),
    async *rows() {
      for (let i = 0; i < rows.length; i += 100) yield rows.slice(i, i + 100);
    },
  };
}

function sweptDirectory(record: DirectoryRecord): SweptDirectory {
  return {
    record,
    manifestHash: "ab".repeat(32),
    manifest: {
      ...record,
      version: 2,
      kind: "sweep",
      policy: "ef".repeat(32),
      code: "test",
      changeLog: [],
      root: "12".repeat(32),
      policyFile: { key: "policies/x.json", sha256: "ef".repeat(32), count: 1 },
      signer: { label: "self-signed", algorithm: "ed25519", key: "34".repeat(32) },
      origin: { by: "tester", how: "test" },
      startedAt: AT,
      endedAt: AT,
      totals: [record.read],
      parts: [],
      source: { tenant: "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6", api: "https://api.pingone.com/v1", scopes: [] },
      cursors: { first: null, last: null },
      departedHow: { confirmed: 0, unconfirmed: 0 },
      previous: { run: "01BEFORE", hash: "56".repeat(32) },
    },
  };
}

function trendPoint(ago: number, rows: readonly ReportRow[]) {
  const verdicts = countsOf(rows);
  const lost = Math.round(Math.min(verdicts.compliant, -ago * rows.length * 0.006 * (1 + Math.sin(ago) / 3)));
  return {
    run: `01RUN${ago}`,
    startedAt: new Date(Date.parse(AT) + ago * DAY_MS).toISOString(),
    complete: ago !== -9,
    verdicts: { ...verdicts, compliant: verdicts.compliant - lost, violating: verdicts.violating + lost },
  };
}
