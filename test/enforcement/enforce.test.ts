/** How one change can end, against a vendor that does every odd thing between plan and record. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { enforceChange } from "../../lib/enforcement/enforce.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Outcome } from "../../lib/model/index.ts";
import type { Fault } from "../../simulators/pingone/index.ts";
import { startWorld, type World } from "../world.ts";

const target = 5;

/** One account off, with a device; everybody else is on. */
async function withOneOff(
  stir: (world: World, id: string) => void,
  check: (
    world: World,
    id: string,
    ended: { outcome: Outcome; why: string; puts: number; after: Readonly<Record<string, number>> },
  ) => Promise<void> | void,
  yaml?: string,
): Promise<void> {
  let planned = false;
  let world: World | undefined;
  const before = () => {
    if (!planned || !world) return;
    planned = false;
    stir(world, world.vendor.account(target).id);
  };
  world = await startWorld({ accounts: 20, mfaEnabledShare: 1, before });
  try {
    for (let i = 0; i < 20; i++)
      world.vendor.change(world.vendor.account(i).id, {
        mfaEnabled: i !== target,
        enabled: true,
        devices: [{ type: "TOTP", status: "ACTIVE" }],
      });
    const { id } = world.vendor.account(target);
    const { only, run } = await world.sweep("enforce", yaml, {
      onProgress: (news) => {
        if (news.did === "planned") planned = true;
      },
    });
    const [change] = (await Array.fromAsync(world.ledger.listChanges(run, "workforce"))).flat();
    assert.equal(change?.id, id);
    const puts = world.vendor.calls.filter(({ method }) => method === "PUT").length;
    const [outcome] = Object.entries(only.changes).find(([name, count]) => name !== "planned" && count === 1) ?? [];
    assert.equal(change.outcome, outcome);
    const state = (await world.ledger.readStates("workforce", [id], true)).get(id);
    assert.equal(state?.claim, undefined, "the claim is free again");
    await check(world, id, { outcome: change.outcome ?? "failed", why: change.why ?? "", puts, after: only.after });
  } finally {
    await world.close();
  }
}

const cases: {
  name: string;
  stir: (world: World, id: string) => void;
  outcome: Outcome;
  puts: number;
  why?: RegExp;
}[] = [
  { name: "nothing odd", stir: () => {}, outcome: "enforced", puts: 1 },
  { name: "200 on PUT without effect", stir: fault({ kind: "no-effect" }), outcome: "unverified", puts: 1 },
  {
    name: "an effect that shows after 3 s",
    stir: fault({ kind: "late-effect", seconds: 3 }),
    outcome: "enforced",
    puts: 1,
  },
  {
    name: "an answer that says off, though it was done",
    stir: fault({ kind: "echo-off" }),
    outcome: "enforced",
    puts: 1,
  },
  {
    name: "an answer about somebody else, though it was done",
    stir: fault({ kind: "wrong-user" }),
    outcome: "enforced",
    puts: 1,
  },
  { name: "no device", stir: ({ vendor }, id) => vendor.change(id, { devices: [] }), outcome: "needs-user", puts: 0 },
  {
    name: "devices that cannot be read",
    stir: fault({ kind: "error", on: "devices", status: 404 }),
    outcome: "needs-user",
    puts: 0,
  },
  {
    name: "disabled meanwhile",
    stir: ({ vendor }, id) => vendor.change(id, { enabled: false }),
    outcome: "refused",
    puts: 0,
    why: /out-of-scope/,
  },
  {
    name: "renamed meanwhile",
    stir: ({ vendor }, id) => vendor.change(id, { username: "somebody.else" }),
    outcome: "refused",
    puts: 0,
    why: /user name/,
  },
  {
    name: "deleted meanwhile",
    stir: ({ vendor }, id) => vendor.leave(id),
    outcome: "refused",
    puts: 0,
    why: /no longer/,
  },
  {
    name: "somebody else was faster",
    stir: ({ vendor }, id) => vendor.change(id, { mfaEnabled: true }),
    outcome: "already",
    puts: 0,
  },
  {
    name: "a 409 that lasts",
    stir: fault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 409 }),
    outcome: "failed",
    puts: 1,
    why: /ERR_VENDOR_REJECTED/,
  },
  {
    name: "a 400",
    stir: fault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 400 }),
    outcome: "failed",
    puts: 1,
  },
];

function fault(what: Fault) {
  return ({ vendor }: World) => vendor.setFault(what);
}

for (const { name, stir, outcome, puts, why } of cases)
  test(`${name}: ${outcome}, after ${puts} PUT`, () =>
    withOneOff(stir, (_, __, ended) => {
      assert.equal(ended.outcome, outcome);
      assert.equal(ended.puts, puts);
      if (why) assert.match(ended.why, why);
      assert.equal(ended.after.compliant, outcome === "enforced" || outcome === "already" ? 20 : 19);
    }));

test("withoutDevice: enforce switches on for somebody without a device", () =>
  withOneOff(
    ({ vendor }, id) => vendor.change(id, { devices: [] }),
    (_, __, ended) => assert.equal(ended.outcome, "enforced"),
    "rules: [{ name: everyone, match: all, require: enabled, withoutDevice: enforce }]\nlimits: { changesPerRun: { count: 9, percent: 100 } }",
  ));

test("the kill switch is read before each change, and refuses it", () =>
  withOneOff(
    (world) => void world.ledger.setKillSwitch("workforce", "incident 7", { by: "tester", how: "test" }),
    (_, __, ended) => {
      assert.deepEqual([ended.outcome, ended.puts], ["refused", 0]);
      assert.match(ended.why, /incident 7/);
    },
  ));

test("a policy deployed after the plan was made refuses its changes", () =>
  withOneOff(
    (world) => void world.ledger.setDeployedPolicy("another"),
    (_, __, ended) => assert.deepEqual([ended.outcome, ended.puts], ["refused", 0]),
  ));

test("an account that somebody else is changing is left to them", async () => {
  const world = await startWorld({ accounts: 20, mfaEnabledShare: 1 });
  try {
    const { id } = world.vendor.account(target);
    world.vendor.change(id, { mfaEnabled: false, enabled: true });
    await world.sweep("plan");
    const theirs = { by: "event-1", token: 0, before: {}, at: new Date().toISOString() };
    await world.ledger.claimSubject("workforce", id, theirs);
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.changes.planned, only.changes.refused], [1, 1]);
    assert.deepEqual((await world.ledger.readStates("workforce", [id])).get(id)?.claim, theirs);
  } finally {
    await world.close();
  }
});

test("a change whose outcome could not be recorded is settled by the next sweep, and not made again", async () => {
  const world = await startWorld({ accounts: 20, mfaEnabledShare: 1 });
  try {
    const { id } = world.vendor.account(target);
    world.vendor.change(id, { mfaEnabled: false, enabled: true, devices: [{ type: "TOTP", status: "ACTIVE" }] });
    const down = new WardenError("ERR_LEDGER_UNAVAILABLE", "The ledger is down.");
    const ledger = { ...world.ledger, completeClaim: () => Promise.reject(down) };
    const broken = await world.sweep("enforce", undefined, { ledger });
    assert.equal(broken.status, "failed");
    const next = await world.sweep("enforce");
    assert.equal(next.status, "completed");
    assert.equal(world.vendor.calls.filter(({ method }) => method === "PUT").length, 1);
    const { state, events } = await world.ledger.readHistory("workforce", id);
    assert.equal(state?.claim, undefined);
    assert.deepEqual(
      events.flatMap(({ outcome }) => outcome ?? []),
      ["enforced"],
    );
    const [change] = (await Array.fromAsync(world.ledger.listChanges(broken.run, "workforce"))).flat();
    assert.equal(change?.outcome, "enforced");
  } finally {
    await world.close();
  }
});

test("a try that died between change and record is found again by the next try of the same run", async () => {
  const world = await startWorld({ accounts: 20, mfaEnabledShare: 1 });
  try {
    const { id } = world.vendor.account(target);
    world.vendor.change(id, { mfaEnabled: false, enabled: true, devices: [{ type: "TOTP", status: "ACTIVE" }] });
    const { run } = await world.sweep("plan");
    const ports = world.ports();
    const signal = AbortSignal.timeout(20_000);
    const bench = { ...ports, id: "workforce", directory: await ports.open("workforce", signal) };
    await world.ledger.setDeployedPolicy(ports.policyHash);
    const lease = { directory: "workforce", run, token: 1 };
    const [change] = (await Array.fromAsync(world.ledger.listChanges(run, "workforce"))).flat();
    assert.ok(change);
    const dying = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
    await assert.rejects(enforceChange({ ...bench, ledger: dying }, { lease, change }, signal));
    const { outcome } = await enforceChange(bench, { lease, change }, signal);
    assert.equal(outcome, "enforced");
    assert.equal(world.vendor.calls.filter(({ method }) => method === "PUT").length, 1);
  } finally {
    await world.close();
  }
});

test("history tells verdict, change and before-state", () =>
  withOneOff(
    () => {},
    async (world, id) => {
      const { events } = await world.ledger.readHistory("workforce", id);
      assert.deepEqual(
        events.map(({ kind, verdict, outcome, before }) => [kind, verdict, outcome, before?.enabled]),
        [
          ["verdict", "violating", undefined, undefined],
          ["outcome", "compliant", "enforced", false],
        ],
      );
    },
  ));
