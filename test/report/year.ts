/**
 * A year of daily sweeps over a made-up tenant, seeded: joiners, leavers, relapses, people who help themselves, people whom
 * nobody can help, exemptions, days on which the listing was short, events in the afternoon. The sweeps and the events are the
 * product's own, over tables and files in memory; what really happened is written down beside them by plain rules.
 */
import { generateKeyPairSync } from "node:crypto";
import { monotonicFactory } from "ulid";
import { memoryClient, memoryTable } from "../../bench/ledger/memory-table.ts";
import { keySigner } from "../../cli/state/file-signer.ts";
import type { Durable } from "../../lib/durable.ts";
import { WardenError } from "../../lib/errors.ts";
import { closeFinishedRun } from "../../lib/ledger/close-run.ts";
import { createTable, dynamoLedger } from "../../lib/ledger/index.ts";
import {
  type Directory,
  type Evidence,
  knownFact,
  type Queue,
  type Subject,
  type Verdict,
} from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { ReportPorts } from "../../lib/report/data/index.ts";
import { sweep } from "../../lib/sweep/index.ts";
import { compile } from "../world.ts";
import { dice } from "./sample.ts";

const DAY = 86_400_000;
export const FIRST = Date.parse("2026-01-01T00:00:00Z");
export const dayOf = (day: number): string => new Date(FIRST + day * DAY).toISOString().slice(0, 10);
const GRACE = 2 * DAY;
const at = (day: number, hour: number): number => FIRST + day * DAY + hour * 3_600_000;

interface Account {
  enabled: boolean;
  readonly createdAt: number;
  /** The vendor takes no change for it. */
  stubborn: boolean;
}

/** What a plain look at the accounts found; by id. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** A sweep as it must have gone. */
export interface Swept {
  readonly run: string;
  readonly day: number;
  readonly whole: boolean;
  readonly read: Verdicts;
  /** With its changes. */
  readonly after: Verdicts;
  /** Whom events did change since the sweep before. */
  readonly enforcedByEvent: ReadonlySet<string>;
}

/** What was known at the end of a day. */
export interface DayEnd {
  /** The latest verdict that anything saw, of everybody ever seen. */
  readonly known: Verdicts;
  readonly gone: ReadonlySet<string>;
  /** Whom events tried to change after the last whole sweep. */
  readonly touched: ReadonlySet<string>;
  /** The last whole sweep. */
  readonly rest?: Swept;
}

export interface Year {
  readonly ports: ReportPorts;
  readonly sweeps: readonly Swept[];
  readonly ends: readonly DayEnd[];
}

/** Person `n` is exempt for 60 days from the day 20 n. */
const EXEMPT = Array.from({ length: 10 }, (_, n) => ({ id: `p${n}`, from: 20 * n, until: 20 * n + 59 }));
const isExempt = (id: string, now: number): boolean =>
  EXEMPT.some((one) => one.id === id && FIRST + one.from * DAY <= now && now < FIRST + (one.until + 1) * DAY);

const POLICY = `version: 1
directories:
  - { id: workforce, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com, mode: enforce }
rules:
  - { name: everyone, match: all, require: enabled, grace: 2d, from: 2025-01-01, withoutDevice: enforce }
exemptions:
${EXEMPT.map(({ id, from, until }) => `  - { account: { id: workforce/${id} }, reason: Key on order, approvedBy: ciso, from: ${dayOf(from)}, until: ${dayOf(until)} }`).join("\n")}
limits: { changesPerRun: { count: 50000, percent: 100 }, changesPerDay: 100000, exemptions: { percent: 100 } }
`;

/** The plain rule, against which the product's own is held. */
function judge(id: string, account: Account, now: number): Verdict {
  if (account.enabled) return "compliant";
  if (isExempt(id, now)) return "exempt";
  return now < account.createdAt + GRACE ? "grace" : "violating";
}

export async function liveYear(seed: number, days = 365): Promise<Year> {
  const roll = dice(seed);
  const time = { now: FIRST };
  const clock = () => time.now++;
  const accounts = new Map<string, Account>();
  const world = await build(accounts, clock);
  const people = livePeople(accounts, roll, clock);
  const [sweeps, ends]: [Swept[], DayEnd[]] = [[], []];
  const latest = new Map<string, Verdict>();
  const gone = new Set<string>();
  let [sinceWhole, enforced] = [new Set<string>(), new Set<string>()];

  const see = (read: Verdicts) => {
    for (const [id, verdict] of read) {
      latest.set(id, verdict);
      gone.delete(id);
    }
  };
  /** Events about these accounts, now. */
  async function hear(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const account = accounts.get(id);
      const before = account && judge(id, account, time.now);
      await world.event(id);
      if (!account || !before) {
        if (latest.has(id)) gone.add(id);
        continue;
      }
      see(new Map([[id, judge(id, account, time.now)]]));
      if (before !== "violating") continue;
      sinceWhole.add(id);
      if (!account.stubborn) enforced.add(id);
    }
  }

  for (let day = 0; day < days; day++) {
    time.now = at(day, 5);
    people(day);
    time.now = at(day, 6);
    if (day > 0) await hear(troubles(accounts, roll, day * 2));
    time.now = at(day, 6.5);
    const whole = day === 0 || roll() > 0.08;
    const read = verdictsOf(accounts, time.now);
    const run = await world.sweep(whole);
    const after = whole ? verdictsOf(accounts, time.now) : read;
    see(after);
    if (whole) for (const id of latest.keys()) if (!accounts.has(id)) gone.add(id);
    sweeps.push({ run, day, whole, read, after, enforcedByEvent: enforced });
    enforced = new Set();
    if (whole) sinceWhole = new Set();

    time.now = at(day, 15);
    await hear(troubles(accounts, roll, day * 2 + 1));
    const rest = sweeps.findLast((one) => one.whole);
    ends.push({ known: new Map(latest), gone: new Set(gone), touched: new Set(sinceWhole), ...(rest ? { rest } : {}) });
  }
  time.now = FIRST + days * DAY;
  return { ports: world.ports, sweeps, ends };
}

const verdictsOf = (accounts: ReadonlyMap<string, Account>, now: number): Verdicts =>
  new Map(Array.from(accounts, ([id, account]) => [id, judge(id, account, now)]));

/** Every morning some join, leave, switch off, switch on. */
function livePeople(accounts: Map<string, Account>, roll: () => number, clock: () => number) {
  let next = 0;
  const join = (enabled: boolean, createdAt: number) =>
    accounts.set(`p${next++}`, { enabled, createdAt, stubborn: roll() < 0.3 });
  for (let i = 0; i < 40; i++) join(roll() < 0.6, FIRST - 30 * DAY);
  return (day: number) => {
    if (day === 0) return;
    for (const [id, account] of accounts) {
      const luck = roll();
      if (luck < 0.01) account.enabled = false;
      else if (luck < 0.04) account.enabled = true;
      else if (luck < 0.044 && accounts.size > 30) accounts.delete(id);
    }
    if (roll() < 0.25) join(roll() < 0.3, clock());
  };
}

/** Who is heard of: some whose switch went off, some who can be helped at last, a newcomer, somebody who has gone. */
function troubles(accounts: Map<string, Account>, roll: () => number, number: number): string[] {
  const off = [...accounts].filter(([, account]) => account.enabled && roll() < 0.006);
  for (const [, account] of off) account.enabled = false;
  const mellow = [...accounts].filter(([, { enabled, stubborn }]) => stubborn && !enabled && roll() < 0.02);
  for (const [, account] of mellow) account.stubborn = false;
  const ids = [...off, ...mellow].map(([id]) => id);
  if (roll() < 0.06) {
    accounts.set(`e${number}`, { enabled: false, createdAt: FIRST - DAY, stubborn: roll() < 0.3 });
    ids.push(`e${number}`);
  }
  const some = [...accounts.keys()][Math.floor(roll() * accounts.size)];
  if (roll() < 0.05 && some) {
    accounts.delete(some);
    ids.push(some);
  }
  return [...new Set(ids)];
}

const quiet: Queue = {
  send: async () => {},
  sendToDeadLetter: async () => {},
  receive: async () => [],
  acknowledge: async () => {},
  delay: async () => {},
  deadLetters: { receive: async () => [], acknowledge: async () => {}, delay: async () => {} },
};

/** Steps are run as they come: nothing dies here. */
const plain = {
  step: (_: string, work: () => Promise<unknown>) => work(),
  wait: async () => undefined,
} as unknown as Durable;

async function build(accounts: Map<string, Account>, clock: () => number) {
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
  const recheck = messageRechecker({ ...ports, queue: quiet });
  await ledger.setDeployedPolicy(policyHash);
  return {
    ports: { ledger, evidence, clock },
    async sweep(whole: boolean): Promise<string> {
      short.by = whole ? 0 : 5;
      const [run, startedAt, origin] = [ulid(), new Date(clock()).toISOString(), { by: "year", how: "test" }];
      const record = { run, mode: "enforce", status: "running", origin, policy: policyHash, code: "test" } as const;
      await ledger.openRun({ ...record, startedAt, directories: ["workforce"] });
      const order = { run, directory: "workforce", mode: "enforce", origin, startedAt } as const;
      const { status } = await sweep(plain, { ...ports, invokedAt: clock() }, order);
      if (status !== (whole ? "completed" : "incomplete")) throw new Error(`the sweep ended as ${status}`);
      await closeFinishedRun(ledger, run);
      return run;
    },
    async event(id: string): Promise<void> {
      const body = JSON.stringify({
        directory: "workforce",
        events: [{ id: ulid(), directory: "workforce", subject: id }],
      });
      const again = await recheck([{ id: "m", receipt: "r", body, receives: 1 }], AbortSignal.timeout(10_000));
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
      if (!account || account.stubborn) return { outcome: "needs-user", why: "the vendor wants its owner" };
      account.enabled = true;
      return "sent";
    },
    check: async () => [],
  };
}

function memoryEvidence(): Evidence {
  const files = new Map<string, Uint8Array>();
  return {
    place: "memory",
    async put(key, bytes) {
      files.set(key, bytes);
    },
    async get(key) {
      const bytes = files.get(key);
      if (bytes) return bytes;
      throw new WardenError("ERR_EVIDENCE_UNAVAILABLE", `There is no file ${key}.`);
    },
  };
}
