/** What a sweep gets in the benchmark: one simulated directory, one rule for everybody, the real workflow. */
import { generateKeyPairSync } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { monotonicFactory } from "ulid";
import { runHere } from "../../cli/local/runner.ts";
import { keySigner } from "../../cli/state/file-signer.ts";
import { opener } from "../../functions/compose-ports.ts";
import type { LongLivedPorts } from "../../functions/workflows.ts";
import { vendors } from "../../lib/directories/index.ts";
import { type Client, dynamoLedger } from "../../lib/ledger/index.ts";
import type { DirectoryRecord, Evidence } from "../../lib/model/index.ts";
import { hashPolicy, type Policy } from "../../lib/policy/index.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import type { SweepPorts } from "../../lib/sweep/index.ts";
import type { Vendor } from "../simulator.ts";

export const TABLE = "mfa-warden";

const RULES = `rules:
  - name: everyone
    match: all
    require: enabled
`;

export const policyText = (
  { environment, endpoints }: Pick<Vendor, "environment" | "endpoints">,
  rest = RULES,
): string => `version: 1
directories:
  - id: workforce
    vendor: pingone
    environment: ${environment}
    region: com
    mode: enforce
    endpoints: { api: "${endpoints.api}", auth: "${endpoints.auth}" }
${rest}`;

export function compile(text: string): Policy {
  const settings = Object.fromEntries(Object.entries(vendors).map(([name, vendor]) => [name, vendor.settings]));
  const parsed = parsePolicy(text, settings);
  if ("policy" in parsed) return parsed.policy;
  throw new Error(parsed.errors.map(({ line, column, message }) => `${line}:${column} ${message}`).join("\n"));
}

export function portsFor(vendor: Vendor, client: Client, evidence: Evidence): LongLivedPorts<SweepPorts> {
  const clock = Date.now;
  const ulid = monotonicFactory();
  const policy = compile(policyText(vendor));
  const { privateKey } = generateKeyPairSync("ed25519");
  return {
    policy,
    policyHash: hashPolicy(policy),
    ledger: dynamoLedger({ client, table: TABLE, clock, ulid }),
    evidence,
    signer: keySigner(() => privateKey),
    clock,
    ulid,
    sleep: (ms, signal) => wait(ms, undefined, { signal }),
    code: "bench",
    leaseSeconds: 60,
    readBackTimeoutMs: 30_000,
    open: opener(policy, { read: async () => ({ value: vendor.credentials, version: "1" }) }, fetch, clock),
  };
}

/** One run; throws unless it read everybody and ended well, since its figures would mean nothing. */
export async function sweepOnce(ports: LongLivedPorts<SweepPorts>, accounts: number): Promise<DirectoryRecord> {
  const report = await runHere(ports, { mode: "enforce", origin: { by: "bench", how: "bench" } });
  const [record] = report.directories;
  if (record?.status === "completed" && record.read === accounts) return record;
  const problems = record?.problems.map(({ code, message }) => `${code}: ${message}`).join("; ");
  throw new Error(`The sweep ended as ${report.status} with ${record?.read} of ${accounts} accounts read. ${problems}`);
}

/** Files in memory. */
export function memoryEvidence(): Evidence {
  const files = new Map<string, Uint8Array>();
  return {
    place: "memory",
    async put(key, bytes) {
      files.set(key, bytes);
    },
    async get(key) {
      const bytes = files.get(key);
      if (bytes) return bytes;
      throw new Error(`There is no file ${key}`);
    },
  };
}
