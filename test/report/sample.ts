/** Made-up runs for the report's tests: rows of every kind, seeded, and what stands around them. */

import {
  type DirectoryRecord,
  noChanges,
  noVerdicts,
  OUTCOMES,
  type Outcome,
  VERDICTS,
  type Verdict,
} from "../../lib/model/index.ts";
import type { ReportData, ReportHead, ReportRow, SweptDirectory } from "../../lib/report/data/index.ts";
import { compile } from "../world.ts";

export const AT = "2026-11-20T06:00:00.000Z";
const DAY = 86_400_000;

export const HOSTILE: readonly string[] = [
  "<script>globalThis.stolen = 1</script>",
  `"><img src=x onerror="globalThis.stolen = 1">`,
  "'; alert(1); //",
  "</style><style>body { display: none }</style>",
  '=HYPERLINK("http://evil.example")',
  "\u202egnp.exe\u202c",
  "\u0645\u0631\u062d\u0628\u0627@example.com",
  "\u001b[31mred\u001b[0m",
  "half \ud800 of a pair",
  "&lt;b&gt;&amp;",
  `${"long".repeat(75)}`,
  "a\nb\r\nc\u2028d",
  "{{7*7}}",
];

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
  - { account: { id: workforce/u3 }, reason: Hardware key on order, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, from: 2026-11-01, until: 2026-12-15 }
  - { account: { id: workforce/nobody }, reason: Left long ago, approvedBy: ciso@example.com, from: 2026-10-01, until: 2026-11-25 }
  - { account: { id: partners/u5 }, reason: "<b>bold</b> reasons", from: 2026-09-01, until: 2026-10-01 }
`;
export const policy = compile(POLICY);

/** Answers the same numbers from 0 to 1 for the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function sampleRows(count: number, seed = 7, open = 0.05): ReportRow[] {
  const roll = dice(seed);
  return Array.from({ length: count }, (_, i) => rowAt(i, roll, open));
}

function rowAt(i: number, roll: () => number, open: number): ReportRow {
  const directory = roll() < 0.8 ? "workforce" : "partners";
  const read =
    roll() > open ? pick<Verdict>(roll, ["compliant", "compliant", "compliant", "out-of-scope"]) : pick(roll, VERDICTS);
  const outcome = read === "violating" && roll() < 0.5 ? pick(roll, OUTCOMES) : undefined;
  return {
    directory,
    vendor: "pingone",
    kind: roll() < 0.02 ? "profile" : "account",
    id: `u${i}`,
    username: HOSTILE[i] ?? `user.${i}@example.com`,
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
    since: new Date(Date.parse(AT) - Math.floor(roll() * 400) * DAY).toISOString(),
    ...(roll() < 0.02 ? { custodial: true as const } : {}),
    ...(outcome ? endOf(outcome) : {}),
  };
}

const endOf = (outcome: Outcome) => ({
  outcome,
  outcomeWhy: `it ended as ${outcome}`,
  outcomeAt: AT,
  ...(outcome === "enforced" ? { factsAfter: { active: true, enabled: true } } : {}),
});
const pick = <T>(roll: () => number, from: readonly T[]): T => from[Math.floor(roll() * from.length)] as T;

export function countsOf(rows: readonly ReportRow[], field: "verdict" | "read" = "verdict"): Record<Verdict, number> {
  const counts = noVerdicts();
  for (const row of rows) counts[row[field]]++;
  return counts;
}

function recordOf(id: string, rows: readonly ReportRow[], more: Partial<DirectoryRecord>): DirectoryRecord {
  const own = rows.filter(({ directory }) => directory === id);
  return {
    run: "01SAMPLE",
    id,
    vendor: "pingone",
    status: "completed",
    mode: "enforce",
    read: own.length,
    total: own.length,
    verdicts: countsOf(own, "read"),
    after: countsOf(own),
    changes: noChanges(),
    problems: [],
    manifest: "ab".repeat(32),
    plan: "cd".repeat(32),
    duplicates: 0,
    ...more,
  };
}

export interface SampleOptions {
  readonly head?: Partial<ReportHead>;
  readonly record?: Partial<DirectoryRecord>;
  readonly runs?: number;
  readonly lost?: boolean;
}

/** A run over these rows, as `gather` would answer it. */
export function sampleRun(
  rows: readonly ReportRow[],
  { head = {}, record = {}, runs = 24, lost = false }: SampleOptions = {},
): ReportData {
  const directories = [recordOf("workforce", rows, record), recordOf("partners", rows, {})];
  return {
    head: {
      run: "01SAMPLE",
      mode: "enforce",
      status: "completed",
      policy: "ef".repeat(32),
      code: "mfa-warden test",
      origin: { by: "arn:aws:iam::111122223333:role/scheduler", how: "schedule: daily" },
      startedAt: AT,
      endedAt: AT,
      madeAt: AT,
      directories,
      incomplete: [],
      ...head,
    },
    swept: directories.filter(({ status }) => status === "completed").map(sourceOf),
    ...(lost ? {} : { policy }),
    trend: Array.from({ length: runs }, (_, i) => pointOf(i - runs + 1, rows)),
    async *rows() {
      for (let i = 0; i < rows.length; i += 100) yield rows.slice(i, i + 100);
    },
  };
}

function sourceOf(record: DirectoryRecord): SweptDirectory {
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

function pointOf(ago: number, rows: readonly ReportRow[]) {
  const verdicts = countsOf(rows);
  const lost = Math.round(Math.min(verdicts.compliant, -ago * rows.length * 0.006 * (1 + Math.sin(ago) / 3)));
  return {
    run: `01RUN${ago}`,
    startedAt: new Date(Date.parse(AT) + ago * DAY).toISOString(),
    complete: ago !== -9,
    verdicts: { ...verdicts, compliant: verdicts.compliant - lost, violating: verdicts.violating + lost },
  };
}
