/** A directory of 5,000,000 accounts stays well within what AWS allows one durable execution, which the local engine does not check. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { ulid } from "ulid";
import { keySigner } from "../../cli/state/file-signer.ts";
import { sweepHandler } from "../../functions/workflows.ts";
import type { Durable } from "../../lib/durable.ts";
import {
  type Change,
  type Directory,
  type DirectoryRecord,
  type Evidence,
  knownFact,
  type Ledger,
  NOT_ASKED,
  type Shard,
  type Subject,
  type SubjectState,
} from "../../lib/model/index.ts";
import type { SweepOrder, SweepPorts } from "../../lib/sweep/index.ts";
import { sweep } from "../../lib/sweep/index.ts";
import { stopEngine } from "../shared-engine.ts";
import { compile, EVERYONE, startWorld } from "../world.ts";
import { plainEngine, toJson } from "./engine.ts";
import { codesOf } from "./known-world.ts";

const WORKFORCE = "workforce";
const ACCOUNTS = 5_000_000;
/** AWS: 3,000 operations, 256 KB a result, 100 MB an execution. */
const MOST = { operations: 2_500, result: 200_000, data: 50_000_000 };
/** What the engine may keep of an operation beside its result: names, ids, times. */
const OVERHEAD = 500;

const ORDER: SweepOrder = {
  run: ulid(),
  directory: WORKFORCE,
  mode: "enforce",
  startedAt: "2026-11-01T00:00:00.000Z",
  origin: { by: "tester", how: "limits.test.ts" },
};
const POLICY = compile(`version: 1
directories:
  - { id: workforce, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com, mode: enforce }
${EVERYONE}`);

/** One operation of the engine: a step or a wait, and the bytes of its result. */
interface Operation {
  readonly name: string;
  readonly bytes: number;
}

interface Tenant {
  readonly accounts: number;
  readonly pageSize: number;
  /** How many have MFA off: the first ones. */
  readonly off: number;
  /** How long each call takes, by the sweep's clock. */
  readonly callMs?: number;
  readonly waveWaitSeconds?: number;
  /** Into so many equal parts it can be cut. */
  readonly shards?: number;
}

/** Pages that were asked for and are not judged yet: they are in memory. */
interface Waiting {
  now: number;
  most: number;
}

const KEY = generateKeyPairSync("ed25519").privateKey;

/** Sweeps a made-up tenant under an engine that does nothing but count. */
async function measure(
  tenant: Tenant,
): Promise<{ readonly record: DirectoryRecord; readonly operations: Operation[]; readonly mostPagesWaiting: number }> {
  const time = { now: Date.parse(ORDER.startedAt), invokedAt: Date.parse(ORDER.startedAt) };
  const operations: Operation[] = [];
  const waiting: Waiting = { now: 0, most: 0 };
  const ports: SweepPorts = {
    policy: POLICY,
    policyHash: "hash",
    clock: () => time.now,
    ulid,
    code: "test",
    leaseSeconds: 60,
    readBackTimeoutMs: 0,
    sleep: async () => {},
    ledger: memoryLedger(),
    evidence: memoryEvidence(),
    signer: keySigner(() => KEY),
    open: async () => madeUp(tenant, time, waiting),
    minShardedAccounts: 1,
    onProgress: ({ did }) => {
      if (did === "read") waiting.now--;
    },
    get invokedAt() {
      return time.invokedAt;
    },
  };
  const { waveWaitSeconds = 0 } = tenant;
  const record = await sweep(counting(operations, time), ports, { ...ORDER, waveWaitSeconds });
  return { record, operations, mostPagesWaiting: waiting.most };
}

/** Notes every operation, and begins a fresh invocation after a wait. */
function counting(operations: Operation[], time: { now: number; invokedAt: number }): Durable {
  return plainEngine({
    async step(name, work) {
      const json = await toJson(work);
      operations.push({ name, bytes: Buffer.byteLength(json) });
      return json;
    },
    wait(name) {
      operations.push({ name, bytes: 0 });
      time.invokedAt = time.now;
    },
  });
}

/** Ids as long as a UUID, cursors as long as a signed address. */
function madeUp(tenant: Tenant, time: { now: number }, waiting: Waiting): Directory {
  const { accounts, pageSize, off, callMs = 0 } = tenant;
  const changed = new Set<string>();
  const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const subjectOf = (index: number): Subject => ({
    id: idOf(index),
    username: `somebody.with.a.name.${index}@example.com`,
    facts: {
      active: knownFact(true),
      enabled: knownFact(index >= off || changed.has(idOf(index))),
      population: NOT_ASKED,
      groups: NOT_ASKED,
      createdAt: knownFact("2020-01-01T00:00:00.000Z"),
      devices: knownFact([{ method: "push", usable: true }]),
    },
  });
  const call = () => {
    time.now += callMs;
  };
  return {
    vendor: "pingone",
    tenant: "made-up",
    api: "http://127.0.0.1",
    secretVersion: "1",
    scopes: () => [],
    check: async () => [],
    total: async () => accounts,
    shards: () => shardsOf(tenant),
    async page(cursor = cursorAt(0, accounts)) {
      call();
      waiting.most = Math.max(waiting.most, ++waiting.now);
      const [first = 0, end = 0] = cursor.split("-").map(Number);
      const next = first + pageSize;
      const subjects = Array.from({ length: Math.min(pageSize, end - first) }, (_, i) => subjectOf(first + i));
      return {
        subjects,
        claimed: accounts,
        date: new Date(time.now).toISOString(),
        ...(next < end ? { next: cursorAt(next, end) } : {}),
      };
    },
    async read(id) {
      call();
      return subjectOf(Number.parseInt(id.slice(-12), 10));
    },
    async enforce({ id }) {
      call();
      changed.add(id);
      return "sent";
    },
  };
}

const cursorAt = (first: number, end: number) => `${first}-${end}-`.padEnd(500, "x");

/** Each has as many accounts as any other. */
function shardsOf({ accounts, shards }: Tenant): Shard[] | undefined {
  if (shards === undefined) return undefined;
  const size = accounts / shards;
  return Array.from({ length: shards }, (_, index) => ({
    id: `10000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    accounts: size,
    first: cursorAt(index * size, (index + 1) * size),
  }));
}

/** Only the files of digests, which the sweep reads again. */
function memoryEvidence(): Evidence {
  const files = new Map<string, Uint8Array>();
  return {
    place: "memory",
    async put(key, bytes) {
      if (key.endsWith(".bin")) files.set(key, bytes);
    },
    async get(key) {
      const bytes = files.get(key);
      assert.ok(bytes, key);
      return bytes;
    },
  };
}

/** As much of a ledger as one sweep of a directory without a past asks for. */
function memoryLedger(): Ledger {
  const changes = new Map<string, Change>();
  const stateOf = (id: string): SubjectState => ({
    directory: WORKFORCE,
    id,
    username: "",
    facts: {},
    firstSeenAt: ORDER.startedAt,
    observedAt: ORDER.startedAt,
    judgement: { verdict: "violating", why: "" },
    event: { id: "", at: "", run: ORDER.run, why: "", facts: {}, kind: "verdict", verdict: "violating" },
  });
  const nothing = async () => {};
  const unused = async () => assert.fail("the sweep of a new directory does not ask for this");
  const end = (id: string, result: Pick<Change, "outcome" | "why">) => {
    const change = changes.get(id);
    assert.ok(change);
    changes.set(id, { ...change, ...result });
  };
  return {
    renewLease: nothing,
    markRunRecovered: nothing,
    updateHead: nothing,
    releaseLease: nothing,
    expireLease: nothing,
    readLease: async () => undefined,
    readHead: async () => ({}),
    markDeparted: nothing,
    saveNotice: unused,
    readTeamNotices: unused,
    saveTeamNotice: unused,
    releaseBudget: nothing,
    openRun: nothing,
    closeRun: nothing,
    saveDirectory: nothing,
    setDeployedPolicy: nothing,
    trackDirectories: async () => new Map(),
    setKillSwitch: nothing,
    readSwitchHistory: unused,
    acceptBaseline: nothing,
    listBaselineDecisions: unused,
    markEventsHandled: nothing,
    readEventCursor: unused,
    saveEventCursor: unused,
    savePlan: nothing,
    readPlans: async () => [],
    movePlan: unused,
    recordAttempt: unused,
    listAttempts: unused,
    holdSubject: nothing,
    endHold: async () => undefined,
    listHolds: async () => [],
    listHeldSubjects: unused,
    readHoldRecords: async () => [],
    readGraceClocks: async () => new Map(),
    handledEvents: async () => new Set<string>(),
    readHistory: unused,
    listByVerdict: unused,
    takeOverClaim: unused,
    readRun: async () => undefined,
    saveTold: unused,
    listRuns: async () => [],
    acquireLease: async (directory, run) => ({ lease: { directory, run, token: 1 }, unsettled: [], head: {} }),
    readStates: async () => new Map(),
    saveObservations: async (observations) => observations.length,
    async planChanges(planned) {
      for (const change of planned) changes.set(change.id, change);
      return planned.length;
    },
    async *listChanges(_run, _directory, after) {
      const all = [...changes.values()];
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      for (let i = from; i < all.length; i += 1_000) yield all.slice(i, i + 1_000);
    },
    claimSubject: async (_directory, id) => stateOf(id),
    completeClaim: async (_claim, { subject }, result) => end(subject.id, result),
    markPublished: unused,
    listEventChanges: () => assert.fail("only a sealer asks for this"),
    refuseChange: async ({ id }, result) => end(id, result),
    readGuards: async () => ({ policy: "hash" }),
    reserveBudget: async (_scope, wanted) => wanted,
    countSpentBudget: async () => 0,
  };
}

/** What the same tenant with 5,000,000 accounts comes to: more steps of reading, each as large as the largest of them. */
function scaled(operations: readonly Operation[], accounts: number) {
  const reads = operations.filter(({ name }) => name.startsWith("read-"));
  const others = operations.filter(({ name }) => !name.startsWith("read-"));
  const largestRead = Math.max(...reads.map(({ bytes }) => bytes));
  const count = Math.ceil((reads.length * ACCOUNTS) / accounts);
  const bytes = count * largestRead + others.reduce((sum, one) => sum + one.bytes, 0);
  return {
    operations: count + others.length,
    result: Math.max(...operations.map((one) => one.bytes)),
    data: bytes + (count + others.length) * OVERHEAD,
  };
}

function assertWithin(operations: readonly Operation[], accounts: number): void {
  const used = scaled(operations, accounts);
  for (const name of ["operations", "result", "data"] as const)
    assert.ok(used[name] <= MOST[name], `${name}: ${used[name]} of ${MOST[name]}`);
}

test("5,000,000 accounts at 1,000 a page, with 50,000 changes", async () => {
  const accounts = 100_000;
  const { record, operations } = await measure({ accounts, pageSize: 1_000, off: 50_000 });
  assert.deepEqual(codesOf(record), []);
  assert.deepEqual([record.read, record.changes.enforced, record.after.violating], [accounts, 50_000, 0]);
  assertWithin(operations, accounts);
});

test("the same with the longest rest between waves", async () => {
  const accounts = 100_000;
  const { record, operations } = await measure({ accounts, pageSize: 1_000, off: 50_000, waveWaitSeconds: 900 });
  assert.equal(record.changes.enforced, 50_000);
  // Six rests, in pieces of three quarters of a lease.
  assert.equal(operations.filter(({ name }) => /^wave-\d-wait-\d+$/.test(name)).length, 6 * 20);
  assertWithin(operations, accounts);
});

test("5,000,000 accounts from a vendor that gives only 200 a page", async () => {
  const accounts = 40_000;
  const { record, operations } = await measure({ accounts, pageSize: 200, off: 1_000 });
  assert.deepEqual([record.status, record.read], ["completed", accounts]);
  assertWithin(operations, accounts);
});

test("5,000,000 accounts in eight parts, and in 200 of small pages", async () => {
  for (const { accounts, shards, pageSize } of [
    { accounts: 80_000, shards: 8, pageSize: 1_000 },
    { accounts: 40_000, shards: 200, pageSize: 100 },
  ]) {
    const { record, operations } = await measure({ accounts, shards, pageSize, off: 1_000 });
    assert.deepEqual([record.status, record.read, record.shards?.count], ["completed", accounts, shards]);
    assertWithin(operations, accounts);
  }
});

test("of a thousand parts no list is kept, and the whole is listed", async () => {
  const { record, operations } = await measure({ accounts: 20_000, shards: 1_000, pageSize: 1_000, off: 0 });
  assert.deepEqual([record.status, record.read, record.shards], ["completed", 20_000, undefined]);
  assert.ok(Math.max(...operations.map(({ bytes }) => bytes)) < 20_000);
});

test("few pages wait in memory, however many parts there are", async () => {
  const tenant = { accounts: 12_000, shards: 100, pageSize: 2, off: 0 };
  const { record, mostPagesWaiting } = await measure(tenant);
  assert.deepEqual([record.status, record.read, record.shards?.count], ["completed", 12_000, 100]);
  assert.ok(mostPagesWaiting <= 24, `${mostPagesWaiting} pages`);
});

test("50,000 changes that each take half a minute: what does not fit is refused on record, not lost", async () => {
  // Three calls a change, eight changes at once.
  const { record, operations } = await measure({ accounts: 50_000, pageSize: 1_000, off: 50_000, callMs: 10_000 / 8 });
  assertWithin(operations, 50_000);
  const { enforced, refused } = record.changes;
  assert.equal(enforced + refused, 50_000);
  assert.ok(enforced > 0 && refused > 0);
  assert.deepEqual(codesOf(record), ["ERR_LIMIT_EXECUTION"]);
});

test("a plan of more changes than one execution can make is not begun", async () => {
  const { record, operations } = await measure({ accounts: 60_000, pageSize: 1_000, off: 50_001 });
  assert.ok(record.problems.some(({ code }) => code === "ERR_LIMIT_RUN"));
  assert.equal(record.changes.enforced, 0);
  assertWithin(operations, 60_000);
});

test("the engine itself counts what a sweep of 2,000 accounts takes", async (context) => {
  const world = await startWorld({ accounts: 2_000, mfaEnabledShare: 0.95 });
  context.after(() => world.close());
  const ports = world.ports();
  await world.ledger.setDeployedPolicy(ports.policyHash);
  await stopEngine();
  await LocalDurableTestRunner.setupTestEnvironment();
  context.after(() => LocalDurableTestRunner.teardownTestEnvironment());
  const runner = new LocalDurableTestRunner<DirectoryRecord>({ handlerFunction: sweepHandler(ports) });
  const execution = await runner.run({ payload: ORDER });
  const record = execution.getResult();
  assert.ok(record);
  assert.deepEqual(codesOf(record), []);
  const planned = record?.changes.planned ?? 0;
  assert.ok(planned > 50);
  // Waves of 1, 5, 25 and 57: the last one needs two steps.
  assert.equal(planned - (record?.changes["needs-user"] ?? 0), 88);
  const batches = Array.from({ length: 5 }, (_, index) => `enforce-${index}`);
  const operations = execution.getOperations();
  const names = operations.map((operation) => operation.getName());
  assert.deepEqual(names, ["lease", "begin", "read-0", "count", "plan", ...batches, "close"]);
  for (const operation of operations) {
    const bytes = Buffer.byteLength(JSON.stringify(operation.getStepDetails()?.result));
    assert.ok(bytes <= MOST.result, `${operation.getName()}: ${bytes}`);
  }
});
