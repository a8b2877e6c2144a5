/** How undoing one change can end: only what we did, what a person approved, and what nobody touched since is put back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { enforceChange } from "../../lib/enforcement/enforce.ts";
import { recoverClaim } from "../../lib/enforcement/recover-claim.ts";
import type { Change, Outcome } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { Rechecked } from "../../lib/recheck/ports.ts";
import type { Fault } from "../../simulators/pingone/index.ts";
import { eventMessage, queueOf, signal } from "../recheck/events.ts";
import { changeCalls, changeOf, inKnownWorld, stateOf, WORKFORCE } from "../sweep/known-world.ts";
import type { World } from "../world.ts";

const UNDO = "01UNDO";
const LEASE = { directory: WORKFORCE, run: UNDO, token: 9 };
const DAY_MS = 24 * 3_600_000;

/** The undoing of the one change that a sweep has just made, approved by jane. */
async function planUndo(world: World, run: string, more: Partial<Change> = {}): Promise<Change> {
  const made = await changeOf(world, run);
  assert.equal(made.outcome, "enforced");
  const { outcome: _, why: __, at: ___, ...known } = made;
  const facts = (await stateOf(world, made.id))?.facts ?? {};
  const revert = { run, to: made.before, approvedBy: "jane" };
  const undo = { ...known, run: UNDO, author: "undo", before: facts, revert, ...more };
  await world.ledger.planChanges([undo]);
  return undo;
}

async function contextOf(world: World, yaml?: string) {
  const ports = world.ports(yaml, { readBackTimeoutMs: 1_000 });
  await world.ledger.setDeployedPolicy(ports.policyHash);
  return { ...ports, id: WORKFORCE, directory: await ports.open(WORKFORCE, signal) };
}

interface Undone {
  readonly world: World;
  readonly id: string;
  readonly run: string;
  readonly outcome: Outcome;
  readonly why: string;
  /** How many times the vendor was asked to switch off. */
  readonly offs: number;
}

interface UndoSetting {
  readonly meddle?: (world: World, id: string) => unknown;
  readonly more?: Partial<Change>;
  readonly yaml?: string;
  /** The vendor's clock. */
  readonly now?: () => number;
}

const offsIn = (world: World) =>
  changeCalls(world).filter(({ body }) => JSON.stringify(body) === '{"mfaEnabled":false}').length;

/** Sweeps, so that one account is switched on, meddles, and undoes it. */
const undoOne = (
  { meddle, more, yaml, now = Date.now }: UndoSetting,
  check: (undone: Undone) => Promise<void> | void,
): Promise<void> =>
  inKnownWorld(
    async (world) => {
      const { run } = await world.sweep("enforce");
      const change = await planUndo(world, run, more);
      const context = await contextOf(world, yaml);
      await meddle?.(world, change.id);
      const { outcome, why } = await enforceChange(context, { lease: LEASE, change }, signal);
      assert.equal((await stateOf(world, change.id))?.claim, undefined, "the claim is free again");
      assert.equal((await changeOf(world, UNDO)).outcome, outcome);
      await check({ world, id: change.id, run, outcome, why, offs: offsIn(world) });
    },
    { now },
  );

test("an approved undo switches off, is read back, and tells in the history who approved what", () =>
  undoOne({}, async ({ world, id, run, outcome, why, offs }) => {
    assert.deepEqual([outcome, offs, world.vendor.find(id)?.mfaEnabled], ["reverted", 1, false]);
    assert.match(why, /^put back as it was before run \w+, as jane approved: the read-back shows MFA off/);
    const { state, events } = await world.ledger.readHistory(WORKFORCE, id);
    assert.deepEqual([state?.judgement.verdict, state?.facts.enabled], ["violating", false]);
    const last = events.at(-1);
    assert.deepEqual(
      [last?.kind, last?.outcome, last?.run, last?.before?.enabled],
      ["outcome", "reverted", UNDO, true],
    );
    assert.deepEqual([last?.revert?.run, last?.revert?.approvedBy, last?.revert?.to.enabled], [run, "jane", false]);
  }));

const dayFromNow = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

const EXEMPT = (id: string, username: string) => `
rules: [{ name: everyone, match: all, require: enabled }]
exemptions:
  - account: { id: workforce/${id}, username: ${username} }
    reason: Hardware key on order
    ticket: SEC-1234
    approvedBy: ciso@example.com
    control: Sign-in limited to the office network
    owner: iam@example.com
    from: ${dayFromNow(-1)}
    until: ${dayFromNow(30)}
`;

const REFUSED: readonly [what: string, setting: UndoSetting, why: RegExp][] = [
  [
    "nobody has approved it",
    { more: { revert: { run: "01RUN", to: { active: true, enabled: false } } } },
    /nobody has approved/,
  ],
  [
    "it is not on record how it was",
    { more: { revert: { run: "01RUN", to: {}, approvedBy: "jane" } } },
    /cannot be undone: it is not on record that MFA was off before/,
  ],
  ["it has another user name", { meddle: ({ vendor }, id) => vendor.change(id, { username: "other" }) }, /user name/],
  ["it is disabled now", { meddle: ({ vendor }, id) => vendor.change(id, { enabled: false }) }, /facts changed/],
  ["it has left", { meddle: ({ vendor }, id) => vendor.leave(id) }, /no longer/],
  [
    "changes are halted",
    { meddle: ({ ledger }) => ledger.setKillSwitch(WORKFORCE, "incident 7", { by: "tester", how: "test" }) },
    /incident 7/,
  ],
  ["another policy is deployed", { meddle: ({ ledger }) => ledger.setDeployedPolicy("another") }, /another policy/],
  [
    "its rule says never",
    { yaml: "rules: [{ name: everyone, match: all, require: enabled, enforce: never }]" },
    /does not let us change it/,
  ],
];

for (const [what, setting, expected] of REFUSED)
  test(`an undo is refused where ${what}`, () =>
    undoOne(setting, ({ outcome, why, offs }) => {
      assert.deepEqual([outcome, offs], ["refused", 0]);
      assert.match(why, expected);
    }));

test("an undo is refused to an exempt account", () =>
  inKnownWorld(async (world) => {
    const { run } = await world.sweep("enforce");
    const change = await planUndo(world, run);
    const context = await contextOf(world, EXEMPT(change.id, change.username));
    const { outcome, why } = await enforceChange(context, { lease: LEASE, change }, signal);
    assert.deepEqual([outcome, offsIn(world)], ["refused", 0]);
    assert.match(why, /exempt accounts are never changed/);
  }));

test("an undo of what somebody has switched off meanwhile is done already", () =>
  undoOne({ meddle: ({ vendor }, id) => vendor.change(id, { mfaEnabled: false }) }, ({ outcome, offs }) =>
    assert.deepEqual([outcome, offs], ["already", 0]),
  ));

const FAULTS: readonly [Fault, Outcome][] = [
  [{ kind: "no-effect" }, "unverified"],
  [{ kind: "echo-on" }, "reverted"],
  [{ kind: "error", on: "mfaEnabled", method: "PUT", status: 400 }, "failed"],
];

for (const [fault, expected] of FAULTS)
  test(`an undo that meets ${JSON.stringify(fault)} is ${expected}`, () =>
    undoOne({ meddle: ({ vendor }) => vendor.setFault(fault) }, ({ outcome, offs }) =>
      assert.deepEqual([outcome, offs], [expected, 1]),
    ));

test("an undo whose try died before its record is found by the next try, and not made again", () =>
  inKnownWorld(async (world) => {
    const { run } = await world.sweep("enforce");
    const change = await planUndo(world, run);
    const context = await contextOf(world);
    const dying = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
    await assert.rejects(enforceChange({ ...context, ledger: dying }, { lease: LEASE, change }, signal));
    assert.equal((await stateOf(world, change.id))?.claim?.revert?.run, run);
    const { outcome } = await enforceChange(context, { lease: LEASE, change }, signal);
    assert.deepEqual([outcome, offsIn(world)], ["reverted", 1]);
  }));

for (const made of [true, false])
  test(`a dead run's undo that was${made ? "" : " not"} made is recovered as such`, () =>
    inKnownWorld(async (world) => {
      const { run } = await world.sweep("enforce");
      const change = await planUndo(world, run);
      const { before, revert, id } = change;
      await world.ledger.claimSubject(WORKFORCE, id, {
        by: UNDO,
        token: 9,
        before,
        ...(revert ? { revert } : {}),
        at: new Date(Date.now() - 60_000).toISOString(),
      });
      if (made) world.vendor.change(id, { mfaEnabled: false });
      const state = await stateOf(world, id);
      assert.ok(state);
      const lease = { ...LEASE, run: "01NEXT", token: 10 };
      await recoverClaim(await contextOf(world), { lease, change, state }, signal);
      const { outcome } = await changeOf(world, UNDO);
      assert.deepEqual([outcome, offsIn(world)], [made ? "reverted" : "failed", 0]);
      assert.equal((await stateOf(world, id))?.claim, undefined);
    }));

test("a dead undo's claim is nobody's proof that MFA was switched on, nor the other way round", () =>
  inKnownWorld(async (world) => {
    const { run } = await world.sweep("enforce");
    const undo = await planUndo(world, run);
    const { revert: _, ...change } = undo;
    const context = await contextOf(world);
    const at = new Date(Date.now() - 3_600_000).toISOString();
    const theirs = { by: UNDO, token: 9, before: undo.before, revert: { run, to: {}, approvedBy: "jane" }, at };
    await world.ledger.claimSubject(WORKFORCE, undo.id, theirs);
    const lease = { ...LEASE, run: "01NEXT", token: 10 };
    const { outcome, why } = await enforceChange(context, { lease, change }, signal);
    assert.equal(outcome, "refused");
    assert.match(why, /somebody else is changing this account/);
    assert.deepEqual((await stateOf(world, undo.id))?.claim, theirs);
  }));

test("what was put back is left alone for a day, by sweeps and events alike", () => {
  let ahead = 0;
  return undoOne({ now: () => Date.now() + ahead }, async ({ world, id }) => {
    const next = await world.sweep("enforce");
    assert.deepEqual([next.only.changes.planned, next.only.changes.refused], [1, 1]);
    const { foreseen, why = "" } = await changeOf(world, next.run);
    assert.equal(foreseen, true);
    assert.match(why, /put back as it was on .* left alone until .* exempt or hold it/);
    const rechecked = await recheckByEvent(world, id);
    assert.deepEqual([rechecked?.outcome, world.vendor.find(id)?.mfaEnabled], ["refused", false]);
    ahead = DAY_MS;
    world.time.ahead = DAY_MS;
    const later = await world.sweep("enforce");
    assert.deepEqual([later.only.changes.enforced, world.vendor.find(id)?.mfaEnabled], [1, true]);
  });
});

async function recheckByEvent(world: World, subject: string): Promise<Rechecked | undefined> {
  const rechecked: Rechecked[] = [];
  const { evidence: _, ...rest } = world.ports();
  const recheck = messageRechecker({
    ...rest,
    queue: queueOf(world),
    onProgress: (event: Rechecked) => rechecked.push(event),
  });
  await recheck([eventMessage({ id: "e-1", directory: WORKFORCE, subject })], signal);
  return rechecked[0];
}
