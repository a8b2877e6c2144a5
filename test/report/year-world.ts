/** The product over tables and files in memory, with a made-up tenant as its vendor. */

import { generateKeyPairSync } from "node:crypto";
import { monotonicFactory } from "ulid";
import { memoryClient, memoryTable } from "../../bench/ledger/index.ts";
import { memoryEvidence } from "../../bench/shared/evidence-stores.ts";
import { keySigner } from "../../cli/state/file-signer.ts";
import type { Durable } from "../../lib/durable.ts";
import { closeFinishedRun } from "../../lib/ledger/close-run.ts";
import { createTable, dynamoLedger } from "../../lib/ledger/index.ts";
import { type Directory, knownFact, type Subject } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { sweep } from "../../lib/sweep/index.ts";
import { eventMessage, NO_QUEUE } from "../recheck/events.ts";
import { compile } from "../world.ts";
import { type Account, dayOf, EXEMPT } from "./year-people.ts";

const POLICY = `version: 1
directories:
  - { id: workforce, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com, mode: enforce }
rules:
  - { name: everyone, match: all, require: enabled, grace: 2d, from: 2025-01-01, withoutDevice: enforce }
exemptions:
${EXEMPT.map(({ id, from, until }) => `  - { account: { id: workforce/${id} }, reason: Key on order, ticket: SEC-1, approvedBy: ciso, control: Office network only, owner: iam@example.com, from: ${dayOf(from)}, until: ${dayOf(until)} }`).join("\n")}
limits: { changesPerRun: { count: 50000, percent: 100 }, changesPerDay: 100000, exemptions: { percent: 100 } }
`;

/** Steps are run as they come: nothing dies here. */
const plainDurable = {
  step: (_: string, work: () => Promise<unknown>) => work(),
  wait: async () => undefined,
} as unknown as Durable;

export async function buildWorld(accounts: Map<string, Account>, clock: () => number) {
  const client = memoryClient(memoryTable(), 0);
  await createTable(client, "t", AbortSignal.timeout(10_000));
  const factory = monotonicFactory();
  const ulid = () => factory(clock());
  const ledger = dynamoLedger({ client, table: "t", clock, ulid });
  const evidence = memoryEvidence();
  const { privateKey } = generateKeyPairSync("ed25519");
  const policy = compile(POLICY);
  const policyHash = hashPolicy(policy);
  const short = { by: 0 };
  const directory = vendorOf(accounts, short);
  const ports = {
    policy,
    policyHash,
    ledger,
    evidence,
    clock,
    ulid,
    code: "test",
    leaseSeconds: 60,
    readBackTimeoutMs: 4_000,
    signer: keySigner(() => privateKey),
    open: async () => directory,
    sleep: async () => {},
  };
  const recheck = messageRechecker({ ...ports, queue: NO_QUEUE });
  await ledger.setDeployedPolicy(policyHash);
  return {
    ports: { ledger, evidence, clock },
    signer: ports.signer,
    async sweep(whole: boolean): Promise<string> {
      short.by = whole ? 0 : 5;
      const [run, startedAt, origin] = [ulid(), new Date(clock()).toISOString(), { by: "year", how: "test" }];
      const record = { run, mode: "enforce", status: "running", origin, policy: policyHash, code: "test" } as const;
      await ledger.openRun({ ...record, startedAt, directories: ["workforce"] });
      const order = { run, directory: "workforce", mode: "enforce", origin, startedAt } as const;
      const { status } = await sweep(plainDurable, { ...ports, invokedAt: clock() }, order);
      if (status !== (whole ? "completed" : "incomplete")) throw new Error(`the sweep ended as ${status}`);
      await closeFinishedRun(ledger, run);
      return run;
    },
    async event(id: string): Promise<void> {
      const message = eventMessage({ id: ulid(), directory: "workforce", subject: id });
      const again = await recheck([message], AbortSignal.timeout(10_000));
      if (again.length > 0) throw new Error(`the event about ${id} could not be handled`);
    },
  };
}

/** A tenant in memory. @param short by how many accounts a listing is short of what the vendor counts */
function vendorOf(accounts: Map<string, Account>, short: { readonly by: number }): Directory {
  const subjectOf = (id: string, { enabled, createdAt }: Account): Subject => ({
    id,
    username: `${id}@example.com`,
    facts: {
      active: knownFact(true),
      enabled: knownFact(enabled),
      devices: knownFact([{ method: "totp", usable: true }]),
      population: knownFact("all"),
      groups: knownFact([]),
      createdAt: knownFact(new Date(createdAt).toISOString()),
    },
  });
  const all = () => Array.from(accounts, ([id, account]) => subjectOf(id, account));
  return {
    vendor: "pingone",
    tenant: "t",
    api: "https://api.example",
    secretVersion: "1",
    scopes: () => [],
    page: async (cursor) =>
      cursor === undefined ? { subjects: all().slice(0, 25), next: "rest" } : { subjects: all().slice(25) },
    total: async () => accounts.size + short.by,
    read: async (id) => {
      const account = accounts.get(id);
      return account && subjectOf(id, account);
    },
    enforce: async ({ id }) => {
      const account = accounts.get(id);
      if (!account || account.refusesChanges) return { outcome: "needs-user", why: "the vendor wants its owner" };
      account.enabled = true;
      return "sent";
    },
    check: async () => [],
  };
}
