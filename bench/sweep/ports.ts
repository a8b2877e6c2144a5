/** What a sweep of the benchmark works with: one simulated directory and the real workflow. */
import { generateKeyPairSync } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { monotonicFactory } from "ulid";
import { runHere } from "../../cli/local/runner.ts";
import { keySigner } from "../../cli/state/file-signer.ts";
import { opener } from "../../functions/compose-ports.ts";
import type { LongLivedPorts } from "../../functions/workflows.ts";
import { type Client, dynamoLedger } from "../../lib/ledger/index.ts";
import type { DirectoryRecord, Evidence } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/index.ts";
import type { SweepPorts } from "../../lib/sweep/index.ts";
import { compilePolicy, policyText } from "../shared/policy.ts";
import type { SimulatedTenant } from "../shared/simulator.ts";

export const TABLE = "mfa-warden";

/** Ports over a ledger and evidence of the caller's choice. @param rules the part of the policy behind its directories */
export const sweepPorts = (
  tenant: SimulatedTenant,
  client: Client,
  evidence: Evidence,
  rules?: string,
): LongLivedPorts<SweepPorts> =>
  portsFor({ policy: policyText(tenant, rules), secret: tenant.credentials, client, evidence });

interface PortsNeeds {
  /** Its text, with one directory. */
  readonly policy: string;
  readonly secret: object;
  readonly client: Client;
  readonly evidence: Evidence;
  /** What the directory takes for the time; default: the machine's. */
  readonly directoryClock?: () => number;
}

/** The same for a directory of any vendor. */
export function portsFor(needs: PortsNeeds): LongLivedPorts<SweepPorts> {
  const { client, evidence, secret, directoryClock = Date.now } = needs;
  const clock = Date.now;
  const ulid = monotonicFactory();
  const policy = compilePolicy(needs.policy);
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
    open: opener(policy, { read: async () => ({ value: secret, version: "1" }) }, fetch, directoryClock),
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
