/** What holds after the sweep was killed with SIGKILL, at whatever moment, and a second one was run. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ulid } from "ulid";
import { joinStack, type Stack } from "../../cli/state/stack.ts";
import { STACK } from "../../cli/state/stack-description.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { Change, Ledger, RunStatus, SubjectState } from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { runNode } from "../processes.ts";
import { startWorld, type World } from "../world.ts";
import type { ChildOptions, KillPoint } from "./crash-child.ts";

const WORKFORCE = "workforce";
const ACCOUNTS = 36;
/** About 20 accounts to change, read in three pages. */
const POPULATION = { accounts: ACCOUNTS, pageSize: 12, mfaEnabledShare: 0.45 };
const READ_BACK_TIMEOUT_MS = 4_000;
const CASES_IN_PARALLEL = 6;

interface Boundary {
  readonly says: string;
  readonly at: string;
  readonly nth: number | "last";
  /** How the dead run must be on record after the second one; `failed` unless given. */
  readonly ends?: RunStatus | "unknown";
}

/** After each of these the process is gone at once. */
const BOUNDARIES: readonly Boundary[] = [
  { says: "the run is on record and holds nothing", at: "Put-RUN", nth: 1 },
  { says: "the lease is taken and the directory is not on record", at: "Update-LEASE", nth: 1 },
  { says: "the directory is on record", at: "leased", nth: 1 },
  { says: "the first page is read", at: "read", nth: 1 },
  { says: "the second page is read", at: "read", nth: 2 },
  { says: "half of the changes are planned", at: "Put-CHANGE", nth: 10 },
  { says: "the population has passed the gate", at: "gated", nth: 1 },
  { says: "the plan is made", at: "planned", nth: 1 },
  { says: "the budget is reserved", at: "Put-BUDGET", nth: 1 },
  { says: "a change is claimed", at: "claimed", nth: 3 },
  { says: "a change is about to be sent", at: "sent-PUT", nth: 3 },
  { says: "a change is made and its answer not read", at: "answered-PUT", nth: 3 },
  { says: "a change is made", at: "changed", nth: 3 },
  { says: "a change is read back", at: "read-back", nth: 3 },
  { says: "an outcome is on the change and not on the account", at: "Update-CHANGE", nth: 3 },
  { says: "an outcome is half in the history", at: "Put-EVENT", nth: 3 },
  { says: "an outcome is recorded", at: "recorded", nth: 3 },
  { says: "the last outcome is recorded", at: "recorded", nth: "last" },
  { says: "the directory is closed and its lease is not given back", at: "Put-DIRECTORY", nth: 2, ends: "completed" },
  { says: "the directory is closed and the run is not", at: "closed", nth: 1, ends: "completed" },
];

/** When the second one dies too, having found a dead run with changes half made. */
const SECOND_KILLS: readonly (KillPoint & { readonly says: string })[] = [
  { says: "it waits for the dead run's lease", at: "Put-RUN", nth: 1 },
  { says: "it has taken over a claim", at: "Update-STATE", nth: 1 },
  { says: "it has settled a change and not yet the account", at: "Update-CHANGE", nth: 1 },
];

const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
const RANDOM_MOMENTS = Number(process.env.CRASH_RANDOM ?? 8);

/** Where a sweep runs. The second life may find the same ledger at another address. */
interface Place {
  readonly vendor: World["vendor"];
  readonly policy: ChildOptions["policy"];
  readonly endpoints: ChildOptions["endpoints"];
  readonly table: string;
  readonly bucket: string;
  readonly accessKey?: string;
}

interface ChildRun {
  /** What it did, in order: the name of the mark and the account it is about, if any. */
  readonly marks: readonly { readonly name: string; readonly subject: string }[];
  readonly report?: RunReport;
  readonly killed: boolean;
  readonly ms: number;
}

interface Expected {
  readonly life: ChildRun;
  readonly accounts: ReadonlyMap<string, unknown>;
  readonly changed: ReadonlySet<string>;
}

let expected: Expected;

before(async () => {
  const world = await startWorld(POPULATION);
  const life = await runChild(placeOf(world));
  expected = { life, accounts: await accountsOf(world.vendor, world.ledger), changed: putsOf(world.vendor).ids };
  await world.close();
  assert.equal(life.report?.status, "completed");
  assert.ok(expected.changed.size > 15, `only ${expected.changed.size} accounts were changed`);
});

describe("a sweep killed and started again ends as if nothing had happened, when it dies as", {
  concurrency: CASES_IN_PARALLEL,
}, () => {
  for (const { says, ends = "failed", at, nth } of BOUNDARIES) {
    test(says, async (context) => {
      const world = await open(context);
      const life = await runChild(placeOf(world), { killAt: { at, nth: nth === "last" ? lastOf(at) : nth } });
      assert.ok(life.killed, `it never came to ${at}`);
      await assertRecovered(placeOf(world), world.ledger, [{ life, ends: [ends] }]);
    });
  }

  for (const { says, ...killAt } of SECOND_KILLS) {
    test(`a change is made, and then again as ${says}`, async (context) => {
      const world = await open(context);
      const lives = [
        // So that the second one surely finds the lease held.
        await runChild(placeOf(world), { killAt: { at: "changed", nth: 3 }, leaseSeconds: 4 }),
        await runChild(placeOf(world), { killAt }),
      ];
      assert.deepEqual(
        lives.map(({ killed }) => killed),
        [true, true],
      );
      const dead = lives.map((life) => ({ life, ends: ["failed"] as const }));
      await assertRecovered(placeOf(world), world.ledger, dead);
    });
  }

  for (const [index, share] of randoms(SEED, RANDOM_MOMENTS).entries()) {
    test(`random moment ${index + 1} of seed ${SEED} comes`, async (context) => {
      const world = await open(context);
      const moment =
        index % 2 === 0 ? { killAt: { at: "any", nth: atMark(share) } } : { killAfter: share * expected.life.ms };
      const life = await runChild(placeOf(world), moment);
      const where = `${JSON.stringify(moment)}; again with CRASH_SEED=${SEED}`;
      await assertRecovered(placeOf(world), world.ledger, [{ life, ends: ["failed", "completed", "unknown"] }], where);
    });
  }

  test("the stack dies with it", async (context) => {
    const world = await open(context);
    const state = await mkdtemp(join(tmpdir(), "mfa-warden-stack-"));
    context.after(() => rm(state, { recursive: true, force: true }));
    const stack = await joinStack(state, AbortSignal.timeout(30_000));
    const placeIn = ({ endpoints, clients }: Stack): Place => ({
      ...placeOf(world),
      endpoints,
      table: STACK.table,
      bucket: STACK.bucket,
      accessKey: clients.dynamodb.credentials.accessKeyId,
    });
    const place = placeIn(stack);
    const life = await runChild(place, { killAt: { at: "changed", nth: 6, also: [stack.pid] } });
    assert.ok(life.killed);

    const again = await joinStack(state, AbortSignal.timeout(30_000));
    context.after(() => again.stop());
    assert.notEqual(again.pid, stack.pid);
    const ledger = ledgerAt(context, again.clients.dynamodb);
    await assertRecovered(placeIn(again), ledger, [{ life, ends: ["failed"] }]);
  });
});

/** Numbers from 0 to 1, the same for the same seed. */
function randoms(seed: number, count: number): number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  });
}

const lastOf = (name: string) => expected.life.marks.filter((mark) => mark.name === name).length;
const atMark = (share: number) => 1 + Math.floor(share * expected.life.marks.length);

async function open(context: TestContext): Promise<World> {
  const world = await startWorld(POPULATION);
  context.after(() => world.close());
  return world;
}

const placeOf = (world: World): Place => ({
  vendor: world.vendor,
  policy: world.ports().policy,
  endpoints: world.endpoints,
  table: world.table,
  bucket: world.bucket,
});

function ledgerAt(context: TestContext, config: Stack["clients"]["dynamodb"]): Ledger {
  const client = documentClient(config);
  context.after(() => client.destroy());
  return dynamoLedger({ client, table: STACK.table, clock: Date.now, ulid, leaseSeconds: 2 });
}

interface ChildSettings {
  readonly killAt?: KillPoint;
  /** Milliseconds after it began. */
  readonly killAfter?: number;
  readonly leaseSeconds?: number;
}

/** Runs a sweep as a child process until it ends or dies. */
async function runChild(place: Place, how: ChildSettings = {}): Promise<ChildRun> {
  const options: ChildOptions = {
    endpoints: place.endpoints,
    accessKey: place.accessKey ?? "local",
    table: place.table,
    bucket: place.bucket,
    secret: place.vendor.credentials,
    policy: place.policy,
    leaseSeconds: how.leaseSeconds ?? 1,
    readBackTimeoutMs: READ_BACK_TIMEOUT_MS,
    ...(how.killAt ? { killAt: how.killAt } : {}),
  };
  const script = fileURLToPath(new URL("./crash-child.ts", import.meta.url));
  let startedAt = performance.now();
  const { code, signal, stdout, stderr } = await runNode([script, JSON.stringify(options)], {
    onStart(child) {
      child.stdout.once("data", () => {
        startedAt = performance.now();
        if (how.killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), how.killAfter);
      });
    },
  });
  assert.ok(code === 0 || signal === "SIGKILL", `the sweep ended with ${signal ?? code}: ${stderr}`);
  return { ...tellOf(stdout), killed: signal === "SIGKILL", ms: performance.now() - startedAt };
}

function tellOf(out: string): Pick<ChildRun, "marks" | "report"> {
  const lines = out.split("\n");
  const marks = lines.filter((line) => line.startsWith("mark ")).map((line) => line.split(" "));
  const report = lines.find((line) => line.startsWith("report "));
  return {
    marks: marks.map(([, name = "", subject = ""]) => ({ name, subject })),
    ...(report ? { report: JSON.parse(report.slice("report ".length)) } : {}),
  };
}

function putsOf(vendor: World["vendor"]): { readonly ids: ReadonlySet<string>; readonly twice: readonly string[] } {
  const all = vendor.calls.filter(({ method }) => method === "PUT").map(({ user = "" }) => user);
  return { ids: new Set(all), twice: all.filter((id, index) => all.indexOf(id) !== index) };
}

const everybody = (vendor: World["vendor"]) => Array.from({ length: ACCOUNTS }, (_, index) => vendor.account(index));

/** What the ledger says of every account, beside what is true of it; without ids of runs and times. */
async function accountsOf(vendor: World["vendor"], ledger: Ledger): Promise<Map<string, unknown>> {
  const people = everybody(vendor);
  const states = await ledger.readStates(
    WORKFORCE,
    people.map(({ id }) => id),
    true,
  );
  return new Map(people.map(({ id, mfaEnabled }) => [id, { mfaEnabled, ...summaryOf(states.get(id)) }]));
}

const summaryOf = (state: SubjectState | undefined) =>
  state && {
    username: state.username,
    verdict: state.judgement.verdict,
    rule: state.judgement.rule,
    requirement: state.judgement.requirement,
    enabled: state.facts.enabled,
    departed: state.departed,
  };

interface KilledRun {
  readonly life: ChildRun;
  /** How its run may be on record; `unknown`: not at all. */
  readonly ends: readonly (RunStatus | "unknown")[];
}

/** Runs one more sweep, to its end, and looks at what all of them left. @param dead oldest first */
async function assertRecovered(
  place: Place,
  ledger: Ledger,
  dead: readonly KilledRun[],
  where?: string,
): Promise<void> {
  const { vendor } = place;
  const { report } = await runChild(place);
  assert.ok(report, where);
  assert.equal(report.status, "completed", where ?? JSON.stringify(report.directories));
  assert.deepEqual(report.directories[0]?.after, expected.life.report?.directories[0]?.after, where);
  assert.deepEqual(await accountsOf(vendor, ledger), expected.accounts, where);
  assert.deepEqual(putsOf(vendor).twice, [], where);
  assert.deepEqual(putsOf(vendor).ids, expected.changed, where);
  assert.ok((await ledger.countSpentBudget("all")) >= expected.changed.size, where);
  await assertNothingOpen(vendor, ledger, where);
  const runs = (await ledger.listRuns(10)).filter(({ run }) => run !== report.run).toReversed();
  assert.ok(runs.length <= dead.length, where);
  for (const [index, one] of dead.entries()) await assertEnded(ledger, runs[index]?.run, one, where);
}

async function assertNothingOpen(vendor: World["vendor"], ledger: Ledger, where?: string): Promise<void> {
  for (const { id } of everybody(vendor)) {
    const { state, events } = await ledger.readHistory(WORKFORCE, id);
    assert.equal(state?.claim, undefined, where);
    const enforced = events.filter(({ outcome }) => outcome === "enforced");
    assert.equal(enforced.length, expected.changed.has(id) ? 1 : 0, where ?? `${id}: ${JSON.stringify(events)}`);
    const odd = events.filter(({ outcome }) => outcome && !["enforced", "failed", "needs-user"].includes(outcome));
    assert.deepEqual(odd, [], where);
  }
  const held = await ledger.acquireLease(WORKFORCE, "probe");
  assert.ok("lease" in held, where);
  assert.deepEqual(held.unsettled, [], where);
}

async function assertEnded(ledger: Ledger, run: string | undefined, { life, ends }: KilledRun, where?: string) {
  const known = run === undefined ? undefined : await ledger.readRun(run);
  const status = known?.run.status ?? "unknown";
  assert.ok(
    ends.some((end) => end === status),
    where ?? `the dead run is ${status}`,
  );
  if (!known) return;
  assert.ok(known.run.endedAt, where);
  const [record, ...others] = known.directories;
  assert.deepEqual([record?.status, others], [status, []], where);
  const died = record?.problems.some(({ code }) => code === "ERR_RUN_DIED");
  assert.equal(died, status === "failed", where);

  const changes = (await Array.fromAsync(ledger.listChanges(known.run.run, WORKFORCE))).flat();
  const lost = touchedBy(life).filter((id) => outcomeOf(changes, id) === undefined);
  assert.deepEqual(lost, [], where);
  const enforced = changes.filter(({ outcome }) => outcome === "enforced").length;
  assert.deepEqual([record?.changes.planned, record?.changes.enforced], [changes.length, enforced], where);
}

/** Every account that the dead run had claimed. */
const touchedBy = ({ marks }: ChildRun) => marks.filter(({ name }) => name === "claimed").map(({ subject }) => subject);

const outcomeOf = (changes: readonly Change[], id: string) => changes.find((change) => change.id === id)?.outcome;
