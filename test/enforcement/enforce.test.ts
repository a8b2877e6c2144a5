/** How one change can end, against a vendor that does every odd thing between plan and record. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { enforceChange } from "../../lib/enforcement/enforce.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Directory, Outcome } from "../../lib/model/index.ts";
import type { Fault } from "../../simulators/pingone/index.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const ACCOUNTS = 20;
/** Which of the accounts is off. */
const TARGET = 5;
const WORKFORCE = "workforce";
const DEVICES = [{ type: "TOTP", status: "ACTIVE" }];

/** Everybody is on and has a device; one is off. @param before called before each call of the vendor's API */
async function inWorldWithOneOff(
  body: (world: World, id: string) => Promise<void>,
  before: () => void = () => {},
): Promise<void> {
  const world = await startWorld({ accounts: ACCOUNTS, mfaEnabledShare: 1, before });
  try {
    for (let i = 0; i < ACCOUNTS; i++)
      world.vendor.change(world.vendor.account(i).id, { mfaEnabled: i !== TARGET, enabled: true, devices: DEVICES });
    await body(world, world.vendor.account(TARGET).id);
  } finally {
    await world.close();
  }
}

const countPuts = ({ vendor }: World): number => vendor.calls.filter(({ method }) => method === "PUT").length;
const stateOf = async ({ ledger }: World, id: string) => (await ledger.readStates(WORKFORCE, [id], true)).get(id);
const changesOf = async ({ ledger }: World, run: string) =>
  (await Array.fromAsync(ledger.listChanges(run, WORKFORCE))).flat();

/** Something odd that happens to an account between plan and change. */
type Meddle = (world: World, id: string) => void;

/** What became of the one change, and of the world around it. */
interface Enforced {
  readonly world: World;
  readonly id: string;
  readonly outcome: Outcome | undefined;
  readonly why: string;
  readonly puts: number;
  readonly verdictsAfter: Readonly<Record<string, number>>;
}

/** Sweeps a world with one account off, and meddles once the change is planned. */
function enforceOne(meddle: Meddle, check: (enforced: Enforced) => Promise<void> | void, yaml?: string): Promise<void> {
  let meddleNext: (() => void) | undefined;
  const before = () => {
    const meddling = meddleNext;
    meddleNext = undefined;
    meddling?.();
  };
  return inWorldWithOneOff(async (world, id) => {
    const { only, run } = await world.sweep("enforce", yaml, {
      onProgress: ({ did }) => {
        if (did === "planned") meddleNext = () => meddle(world, id);
      },
    });
    const [change] = await changesOf(world, run);
    assert.equal(change?.id, id);
    const [counted] = Object.entries(only.changes).find(([name, count]) => name !== "planned" && count === 1) ?? [];
    assert.equal(change.outcome, counted);
    assert.equal((await stateOf(world, id))?.claim, undefined, "the claim is free again");
    const { outcome, why = "" } = change;
    await check({ world, id, outcome, why, puts: countPuts(world), verdictsAfter: only.after });
  }, before);
}

const withFault =
  (fault: Fault): Meddle =>
  ({ vendor }) =>
    vendor.setFault(fault);

const CASES: readonly {
  readonly name: string;
  readonly meddle: Meddle;
  readonly outcome: Outcome;
  readonly puts: number;
  readonly why?: RegExp;
}[] = [
  { name: "nothing odd", meddle: () => {}, outcome: "enforced", puts: 1 },
  { name: "200 on PUT without effect", meddle: withFault({ kind: "no-effect" }), outcome: "unverified", puts: 1 },
  {
    name: "an effect that shows after 3 s",
    meddle: withFault({ kind: "late-effect", seconds: 3 }),
    outcome: "enforced",
    puts: 1,
  },
  {
    name: "an answer that says off, though it was done",
    meddle: withFault({ kind: "echo-off" }),
    outcome: "enforced",
    puts: 1,
  },
  {
    name: "an answer about somebody else, though it was done",
    meddle: withFault({ kind: "wrong-user" }),
    outcome: "enforced",
    puts: 1,
  },
  { name: "no device", meddle: ({ vendor }, id) => vendor.change(id, { devices: [] }), outcome: "needs-user", puts: 0 },
  {
    name: "devices that cannot be read",
    meddle: withFault({ kind: "error", on: "devices", status: 404 }),
    outcome: "needs-user",
    puts: 0,
  },
  {
    name: "disabled meanwhile",
    meddle: ({ vendor }, id) => vendor.change(id, { enabled: false }),
    outcome: "refused",
    puts: 0,
    why: /out-of-scope/,
  },
  {
    name: "renamed meanwhile",
    meddle: ({ vendor }, id) => vendor.change(id, { username: "somebody.else" }),
    outcome: "refused",
    puts: 0,
    why: /user name/,
  },
  {
    name: "deleted meanwhile",
    meddle: ({ vendor }, id) => vendor.leave(id),
    outcome: "refused",
    puts: 0,
    why: /no longer/,
  },
  {
    name: "somebody else was faster",
    meddle: ({ vendor }, id) => vendor.change(id, { mfaEnabled: true }),
    outcome: "already",
    puts: 0,
  },
  {
    name: "a 409 that lasts",
    meddle: withFault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 409 }),
    outcome: "failed",
    puts: 1,
    why: /ERR_VENDOR_REJECTED/,
  },
  {
    name: "a 400",
    meddle: withFault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 400 }),
    outcome: "failed",
    puts: 1,
  },
];

for (const { name, meddle, outcome, puts, why } of CASES)
  test(`${name}: ${outcome}, after ${puts} PUT`, () =>
    enforceOne(meddle, (enforced) => {
      assert.equal(enforced.outcome, outcome);
      assert.equal(enforced.puts, puts);
      if (why) assert.match(enforced.why, why);
      const isOn = outcome === "enforced" || outcome === "already";
      assert.equal(enforced.verdictsAfter.compliant, isOn ? ACCOUNTS : ACCOUNTS - 1);
    }));

test("withoutDevice: enforce switches on for somebody without a device", () =>
  enforceOne(
    ({ vendor }, id) => vendor.change(id, { devices: [] }),
    ({ outcome }) => assert.equal(outcome, "enforced"),
    "rules: [{ name: everyone, match: all, require: enabled, withoutDevice: enforce }]\nlimits: { changesPerRun: { count: 9, percent: 100 } }",
  ));

test("a vendor that asks for a device at the next sign-in locks out nobody who has none", () =>
  inWorldWithOneOff(async (world, id) => {
    world.vendor.change(id, { devices: [] });
    const { open } = world.ports();
    const asking = async (...asked: Parameters<typeof open>): Promise<Directory> =>
      Object.assign(await open(...asked), { enrolsAtSignIn: true } as const);
    const { only } = await world.sweep("enforce", EVERYONE, { open: asking });
    assert.deepEqual([only.changes.enforced, only.changes["needs-user"], countPuts(world)], [1, 0, 1]);
    assert.equal((await stateOf(world, id))?.event.outcome, "enforced");
  }));

test("the kill switch is read before each change, and refuses it", () =>
  enforceOne(
    ({ ledger }) => void ledger.setKillSwitch(WORKFORCE, "incident 7", { by: "tester", how: "test" }),
    ({ outcome, puts, why }) => {
      assert.deepEqual([outcome, puts], ["refused", 0]);
      assert.match(why, /incident 7/);
    },
  ));

test("a policy deployed after the plan was made refuses its changes", () =>
  enforceOne(
    ({ ledger }) => void ledger.setDeployedPolicy("another"),
    ({ outcome, puts }) => assert.deepEqual([outcome, puts], ["refused", 0]),
  ));

test("an account that somebody else is changing is left to them", () =>
  inWorldWithOneOff(async (world, id) => {
    await world.sweep("plan");
    const theirs = { by: "event-1", token: 0, before: {}, at: new Date().toISOString() };
    await world.ledger.claimSubject(WORKFORCE, id, theirs);
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.changes.planned, only.changes.refused], [1, 1]);
    assert.deepEqual((await stateOf(world, id))?.claim, theirs);
  }));

test("a change whose outcome could not be recorded is recovered by the next sweep, and not made again", () =>
  inWorldWithOneOff(async (world, id) => {
    const down = new WardenError("ERR_LEDGER_UNAVAILABLE", "The ledger is down.");
    const ledger = { ...world.ledger, completeClaim: () => Promise.reject(down) };
    const broken = await world.sweep("enforce", undefined, { ledger });
    assert.equal(broken.status, "failed");
    const next = await world.sweep("enforce");
    assert.equal(next.status, "completed");
    assert.equal(countPuts(world), 1);
    const { state, events } = await world.ledger.readHistory(WORKFORCE, id);
    assert.equal(state?.claim, undefined);
    assert.deepEqual(
      events.flatMap(({ outcome }) => outcome ?? []),
      ["enforced"],
    );
    const [change] = await changesOf(world, broken.run);
    assert.equal(change?.outcome, "enforced");
  }));

test("a change whose try died before its record is found by the next try of the same run", () =>
  inWorldWithOneOff(async (world) => {
    const { run } = await world.sweep("plan");
    const ports = world.ports();
    const signal = AbortSignal.timeout(20_000);
    const context = { ...ports, id: WORKFORCE, directory: await ports.open(WORKFORCE, signal) };
    await world.ledger.setDeployedPolicy(ports.policyHash);
    const lease = { directory: WORKFORCE, run, token: 1 };
    const [change] = await changesOf(world, run);
    assert.ok(change);
    const dying = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
    await assert.rejects(enforceChange({ ...context, ledger: dying }, { lease, change }, signal));
    const { outcome } = await enforceChange(context, { lease, change }, signal);
    assert.equal(outcome, "enforced");
    assert.equal(countPuts(world), 1);
  }));

test("history tells verdict, change and before-state", () =>
  enforceOne(
    () => {},
    async ({ world, id }) => {
      const { events } = await world.ledger.readHistory(WORKFORCE, id);
      assert.deepEqual(
        events.map(({ kind, verdict, outcome, before }) => [kind, verdict, outcome, before?.enabled]),
        [
          ["verdict", "violating", undefined, undefined],
          ["outcome", "compliant", "enforced", false],
        ],
      );
    },
  ));
