/** A step that ran twice, and a workflow replayed from its start after every step, end as a plain sweep does. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  type DurableContext,
  DurablePromise,
  type StepConfig,
  type StepFunc,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { readSweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import { type RunOrder, type RunReport, runDirectories } from "../../lib/run/index.ts";
import type { SweepOrder, SweepPorts } from "../../lib/sweep/index.ts";
import { sweep } from "../../lib/sweep/index.ts";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { stopEngine } from "../shared-engine.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const WORKFORCE = "workforce";
const DEAD = "01DEAD0000000000000000000A";
/** One account a page makes two steps of reading; hardly anybody's MFA is on, which makes two of changing. */
const POPULATION = { accounts: 60, pageSize: 1, mfaEnabledShare: 0.02 };
const ORDER: RunOrder = { mode: "enforce", origin: { by: "tester", how: "replay.test.ts" } };

type Wrap = (ctx: DurableContext) => DurableContext;
const plainly: Wrap = (ctx) => ctx;

/** Every step's function runs twice and only the second answer counts; then the workflow is replayed from its start. */
const twice: Wrap = (ctx) =>
  changed(ctx, (name, work, config) => {
    const again: typeof work = async (context) => {
      await work(context);
      return work(context);
    };
    return new DurablePromise(async () => {
      const result = await ctx.step(name, again, config);
      await ctx.wait(`${name}-replay`, { seconds: 1 });
      return result;
    });
  });

/** Tells of every wait. */
const watching =
  (waits: Set<string>): Wrap =>
  (ctx) =>
    new Proxy(ctx, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (key === "wait") waits.add(String(given[0]));
          return Reflect.apply(value, target, given);
        };
      },
    });

type Step = (name: string, work: StepFunc<unknown>, config?: StepConfig<unknown>) => DurablePromise<unknown>;

/** The same context with another `step`. */
const changed = (ctx: DurableContext, step: Step): DurableContext =>
  new Proxy(ctx, {
    get: (target, key) => {
      if (key === "step") return step;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

/** One run under the real engine, its contexts wrapped. */
async function runUnder(
  wrap: Wrap,
  world: World,
  more: Partial<SweepPorts> = {},
  order: Partial<RunOrder> = {},
): Promise<RunReport> {
  const standing = world.ports(EVERYONE, more);
  const ports = () => ({ ...standing, invokedAt: standing.clock() });
  await stopEngine();
  await LocalDurableTestRunner.setupTestEnvironment();
  try {
    const runner = new LocalDurableTestRunner<RunReport>({
      handlerFunction: withDurableExecution((order: RunOrder, ctx) =>
        runDirectories(wrap(ctx), ports(), order, "sweep"),
      ),
    });
    runner.registerDurableFunction(
      "sweep",
      withDurableExecution((order: SweepOrder, ctx) => sweep(wrap(ctx), ports(), order)),
    );
    const report = (await runner.run({ payload: { ...ORDER, ...order } })).getResult();
    assert.ok(report);
    return report;
  } finally {
    await LocalDurableTestRunner.teardownTestEnvironment();
  }
}

async function open(context: TestContext, settings: Partial<PingOneSettings> = {}): Promise<World> {
  const world = await startWorld({ ...POPULATION, ...settings });
  context.after(() => world.close());
  return world;
}

/** A past for every phase to deal with: a baseline, somebody who left, one who came, repeats, and a dead run's open claim. */
async function giveHistory(world: World): Promise<void> {
  const { vendor, ledger } = world;
  await world.sweep("plan");
  vendor.leave(vendor.account(3).id);
  vendor.join({ mfaEnabled: false });
  vendor.setFault({ kind: "duplicate-user", on: "users" });
  const id = vendor.account(8).id;
  const state = (await ledger.readStates(WORKFORCE, [id], true)).get(id);
  const held = await ledger.acquireLease(WORKFORCE, DEAD);
  assert.ok(state && "lease" in held);
  const at = new Date().toISOString();
  const claim = { by: DEAD, token: held.lease.token, before: state.facts, at };
  const change = { rule: "everyone", requirement: "enabled", author: "B", step: 0 };
  await ledger.openRun({
    run: DEAD,
    status: "running",
    policy: "",
    code: "test",
    startedAt: at,
    directories: [WORKFORCE],
    mode: ORDER.mode,
    origin: ORDER.origin,
  });
  await ledger.planChanges([
    { ...change, run: DEAD, directory: WORKFORCE, id, username: state.username, before: state.facts },
  ]);
  await ledger.claimSubject(WORKFORCE, id, claim);
  vendor.change(id, { mfaEnabled: true });
}

/** What came of a run, without ids of runs and times. */
async function endOf(world: World, { run: id, status, directories }: RunReport) {
  const { vendor, ledger, evidence } = world;
  const [record, ...others] = directories;
  assert.ok(record);
  assert.deepEqual(others, []);
  const { run: _run, manifest: _manifest, endedAt: _endedAt, ...counts } = record;
  const puts = vendor.calls.filter(({ method }) => method === "PUT").map(({ user = "" }) => user);
  const changes = (await Array.fromAsync(ledger.listChanges(id, WORKFORCE))).flat();
  const parts = (await readSweepManifest(evidence, id, WORKFORCE, _manifest)).parts;
  const ids = [...Array(POPULATION.accounts).keys()].map((index) => vendor.account(index).id);
  return {
    status,
    counts,
    puts: puts.sort(),
    rows: parts.map(({ pages }) => pages.map(({ count }) => count)),
    outcomes: changes.map(({ id, outcome, why, before }) => ({ id, outcome, why, before })),
    accounts: await Promise.all(ids.map((account) => pastOf(world, account))),
    runs: (await ledger.listRuns(10)).map(({ status }) => status),
    dead: (await ledger.readRun(DEAD))?.directories.map(({ status, changes, problems }) => ({
      status,
      changes,
      problems,
    })),
  };
}

async function pastOf({ ledger }: World, id: string) {
  const { state, events } = await ledger.readHistory(WORKFORCE, id);
  const { verdict, why, rule } = state?.judgement ?? {};
  return {
    id,
    verdict,
    why,
    rule,
    facts: state?.facts,
    departed: state?.departed,
    claim: state?.claim,
    events: events.map(({ kind, verdict, was, outcome, before }) => ({ kind, verdict, was, outcome, before })),
  };
}

test("every step function run twice, with a replay after each", async (context) => {
  const plain = await open(context);
  await giveHistory(plain);
  const expected = await endOf(plain, await runUnder(plainly, plain));
  // That the comparison compares something.
  assert.equal(expected.status, "completed");
  assert.equal(expected.rows.length, 2);
  assert.ok(expected.puts.length > 50);
  assert.equal(expected.counts.departed, 1);
  assert.ok((expected.counts.duplicates ?? 0) > 50);
  assert.deepEqual(
    expected.dead?.map(({ status, changes }) => [status, changes.enforced]),
    [["failed", 1]],
  );

  const world = await open(context);
  await giveHistory(world);
  const end = await endOf(world, await runUnder(twice, world, {}, { waveWaitSeconds: 1 }));
  assert.deepEqual(end.counts, expected.counts);
  assert.deepEqual(end, expected);
  assert.equal(new Set(end.puts).size, end.puts.length);
});

test("an invocation that has become old rests, and the sweep goes on in a fresh one", async (context) => {
  const plain = await open(context);
  const expected = await endOf(plain, await plain.sweep("enforce"));

  const time = { ahead: 0 };
  const world = await open(context, { now: () => Date.now() + time.ahead });
  const waits = new Set<string>();
  const pass = () => {
    time.ahead += 11 * 60_000;
    world.time.ahead = time.ahead;
  };
  // A replay tells its news again.
  const slow = new Set<string>(["leased", "gated", "planned"]);
  const report = await runUnder(watching(waits), world, { onProgress: ({ did }) => void (slow.delete(did) && pass()) });
  assert.deepEqual(await endOf(world, report), expected);
  assert.deepEqual([...waits].sort(), ["enforce-0-rest", "plan-rest", "read-0-rest"]);
});
