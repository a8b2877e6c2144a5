/** What a user can rely on where a doubt is likely: odd listings, odd answers, runs that died, runs that others overtook. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { opener } from "../../functions/ports.ts";
import { enforceChange } from "../../lib/enforcement/enforce.ts";
import { WardenError } from "../../lib/errors.ts";
import { readSweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import type { Change, DirectoryRecord, Ledger } from "../../lib/model/index.ts";
import { applyBatch } from "../../lib/sweep/apply-batch.ts";
import type { ProgressEvent } from "../../lib/sweep/index.ts";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const ACCOUNTS = 20;
const TARGET = 5;
const WORKFORCE = "workforce";
const tester = { by: "tester", how: "test" };
const signal = AbortSignal.timeout(60_000);

/** Everybody is on and has a device, but for those in `off`, who have only the device. */
async function inWorld(
  body: (world: World) => Promise<void>,
  { off = [TARGET], accounts = ACCOUNTS, ...settings }: Partial<PingOneSettings> & { off?: number[] } = {},
): Promise<void> {
  const world = await startWorld({ accounts, ...settings });
  try {
    const devices = [{ type: "TOTP", status: "ACTIVE" }];
    for (let i = 0; i < accounts; i++)
      world.vendor.change(world.vendor.account(i).id, { mfaEnabled: !off.includes(i), enabled: true, devices });
    await body(world);
  } finally {
    await world.close();
  }
}

const puts = ({ vendor }: World) => vendor.calls.filter(({ method }) => method === "PUT").length;
const codes = (record: DirectoryRecord) => record.problems.map(({ code }) => code);
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
const target = ({ vendor }: World) => vendor.account(TARGET).id;
/** Lets every lease that is held now run out. */
const outlast = ({ time }: World) => {
  time.ahead += 3_000;
};
const stateOf = async ({ ledger }: World, id: string) => (await ledger.readStates(WORKFORCE, [id], true)).get(id);

/** Does `stir` once, as soon as the plan is made. */
function oncePlanned(stir: () => void) {
  return { onProgress: ({ did }: ProgressEvent) => (did === "planned" ? stir() : undefined) };
}

async function changeOf({ ledger }: World, run: string): Promise<Change> {
  const [change] = (await Array.fromAsync(ledger.listChanges(run, WORKFORCE))).flat();
  assert.ok(change);
  return change;
}

/** The one change that a run planned, and what it takes to make it without a sweep. */
async function byHand(world: World, run: string) {
  const ports = world.ports();
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const bench = { ...ports, id: WORKFORCE, directory: await ports.open(WORKFORCE, signal) };
  return { bench, change: await changeOf(world, run) };
}

/** Opens the vendor by way of something that puts other answers in the place of its own. */
function through(world: World, odd: (answer: Response, url: string, method: string) => Promise<Response>) {
  const { policy, clock } = world.ports();
  const call: typeof fetch = async (input, init) => odd(await fetch(input, init), String(input), init?.method ?? "GET");
  return {
    open: opener(policy, { read: async () => ({ value: world.vendor.credentials, version: "1" }) }, call, clock),
  };
}

/** @param gone how many were found to be gone when they were to be changed */
function assertAddsUp({ read, verdicts, after }: DirectoryRecord, gone = 0): void {
  assert.deepEqual([sum(verdicts), sum(after)], [read, read - gone]);
  for (const count of [...Object.values(verdicts), ...Object.values(after)]) assert.ok(count >= 0);
}

// ---------------------------------------------------------------------------------------------------- counts

test("an account listed twice, first violating and then compliant, is counted once, and no count is negative", () => {
  let pages = 0;
  let known: World | undefined;
  const before = ({ route }: { readonly route: string }) => {
    if (route === "users" && ++pages === 2 && known)
      known.vendor.change(known.vendor.account(4).id, { mfaEnabled: true });
  };
  return inWorld(
    async (world) => {
      known = world;
      world.vendor.setFault({ kind: "duplicate-user", on: "users", nth: 2 });
      const { only } = await world.sweep("enforce");
      assert.deepEqual([only.status, only.read, only.duplicates], ["completed", ACCOUNTS, 1]);
      assert.deepEqual([only.changes.planned, only.changes.already, puts(world)], [1, 1, 0]);
      assert.deepEqual([only.verdicts.violating, only.after.violating, only.after.compliant], [1, 0, ACCOUNTS]);
      assertAddsUp(only);
    },
    { off: [4], pageSize: 5, before },
  );
});

test("counts after the changes add up, also when an account cannot be read again", () =>
  inWorld(async (world) => {
    const { only } = await world.sweep(
      "enforce",
      EVERYONE,
      oncePlanned(() => world.vendor.setFault({ kind: "error", on: "user", status: 400 })),
    );
    assert.deepEqual([only.changes.failed, only.after.violating], [1, 1]);
    assertAddsUp(only);
  }));

test("counts after the changes add up, also when somebody else is at the account", () =>
  inWorld(async (world) => {
    await world.sweep("plan");
    const theirs = { by: "event-1", token: 0, before: {}, at: new Date().toISOString() };
    await world.ledger.claimSubject(WORKFORCE, target(world), theirs);
    const { only } = await world.sweep("enforce", EVERYONE, { readBackTimeoutMs: 300 });
    assert.deepEqual([only.changes.refused, only.after.violating], [1, 1]);
    assertAddsUp(only);
  }));

test("counts after the changes add up, but for who has left meanwhile", () =>
  inWorld(async (world) => {
    const { only } = await world.sweep(
      "enforce",
      EVERYONE,
      oncePlanned(() => world.vendor.leave(target(world))),
    );
    assert.deepEqual([only.changes.refused, only.after.violating], [1, 0]);
    assertAddsUp(only, 1);
  }));

test("who is gone from two populations behind an accepted one departs once", () =>
  inWorld(
    async (world) => {
      const { vendor, ledger } = world;
      await world.sweep("plan");
      for (let i = 0; i < 21; i++) vendor.leave(vendor.account(i).id);
      const shrunk = await world.sweep("plan");
      assert.deepEqual([shrunk.status, codes(shrunk.only)], ["incomplete", ["ERR_READ_SHRUNK"]]);
      await ledger.acceptBaseline(WORKFORCE, { run: shrunk.run, read: shrunk.only.read }, tester, "sold");
      vendor.leave(vendor.account(40).id);
      const { only } = await world.sweep("plan");
      assert.deepEqual([only.status, only.departed], ["completed", 22]);
    },
    { accounts: 60 },
  ));

// ---------------------------------------------------------------------------------------------------- totals

test("an empty list of populations confirms nothing", () =>
  inWorld(async (world) => {
    const emptied = through(world, async (answer, url) => {
      if (!url.includes("/populations")) return answer;
      return Response.json({ ...JSON.parse(await answer.text()), _embedded: { populations: [] } });
    });
    const { only } = await world.sweep("enforce", EVERYONE, emptied);
    assert.deepEqual([only.status, codes(only), puts(world)], ["incomplete", ["ERR_VENDOR_FORMAT"], 0]);
  }));

for (const nth of [1, 2])
  test(`totals that are far apart confirm nothing, whichever is the larger: count ${nth}`, () =>
    inWorld(async (world) => {
      world.vendor.setFault({ kind: "miscount-populations", on: "populations", nth, by: 60 });
      const { only } = await world.sweep("enforce");
      assert.deepEqual([only.read, only.total], [ACCOUNTS, ACCOUNTS]);
      assert.deepEqual([only.status, codes(only), puts(world)], ["incomplete", ["ERR_READ_SHORT"], 0]);
    }));

// ---------------------------------------------------------------------------------------------------- leases and claims

test("a run that is alive keeps its directory, also while one call takes longer than the lease", () => {
  let rival: Awaited<ReturnType<Ledger["acquireLease"]>> | undefined;
  let known: World | undefined;
  const before = async ({ method }: { readonly method: string }) => {
    if (method !== "PUT" || !known) return;
    await delay(2_700);
    rival = await known.ledger.acquireLease(WORKFORCE, "01RIVAL");
  };
  return inWorld(
    async (world) => {
      known = world;
      const { only, run } = await world.sweep("enforce");
      assert.ok(rival && "heldBy" in rival);
      assert.equal(rival.heldBy, run);
      assert.deepEqual([only.status, only.changes.enforced, puts(world)], ["completed", 1, 1]);
    },
    { before },
  );
});

test("who acts under an older fencing token changes nobody", () =>
  inWorld(async (world) => {
    const overtaken = await world.sweep("plan");
    await world.sweep("plan");
    const { bench, change } = await byHand(world, overtaken.run);
    const lease = { directory: WORKFORCE, run: overtaken.run, token: 1 };
    const { outcome, why } = await enforceChange(bench, { lease, change }, signal);
    assert.deepEqual([outcome, puts(world)], ["refused", 0]);
    assert.match(why, /taken this directory over/);
    assert.equal((await stateOf(world, change.id))?.claim, undefined);
  }));

test("a step that died between the outcome of the change and that of the account frees its claim when it is run again", () =>
  inWorld(async (world) => {
    const { run } = await world.sweep("plan");
    const { bench, change } = await byHand(world, run);
    const completeClaim: Ledger["completeClaim"] = async (_claim, _seen, result) => {
      await world.ledger.refuseChange(change, result);
      throw new Error("killed");
    };
    const context = { ...bench, lease: { directory: WORKFORCE, run, token: 1 } };
    const start = { plan: { run, authors: [change.author] } };
    await assert.rejects(applyBatch({ ...context, ledger: { ...world.ledger, completeClaim } }, start, signal));
    assert.equal((await stateOf(world, change.id))?.claim?.by, run);
    const again = await applyBatch(context, start, signal);
    assert.deepEqual(
      [again.outcomes, again.verdicts, puts(world)],
      [{ enforced: 1 }, { violating: -1, compliant: 1 }, 1],
    );
    const { state, events } = await world.ledger.readHistory(WORKFORCE, change.id);
    assert.deepEqual([state?.claim, events.flatMap(({ outcome }) => outcome ?? [])], [undefined, ["enforced"]]);
  }));

test("what a dead run did is not guessed while the vendor cannot be read: the claim waits, and is settled right later", () =>
  inWorld(async (world) => {
    const down = new WardenError("ERR_LEDGER_UNAVAILABLE", "The ledger is down.");
    const ledger = { ...world.ledger, completeClaim: () => Promise.reject(down) };
    const broken = await world.sweep("enforce", EVERYONE, { ledger });
    assert.deepEqual([broken.status, puts(world)], ["failed", 1]);
    world.vendor.setFault({ kind: "limited", on: "user", retryAfter: 60 });
    outlast(world);
    const blind = await world.sweep("enforce", EVERYONE, { readBackTimeoutMs: 300 });
    assert.deepEqual([blind.status, codes(blind.only)], ["incomplete", ["ERR_VENDOR_THROTTLED"]]);
    assert.equal((await changeOf(world, broken.run)).outcome, undefined);
    assert.ok((await stateOf(world, target(world)))?.claim);
    world.vendor.clearFaults();
    outlast(world);
    assert.equal((await world.sweep("enforce")).status, "completed");
    assert.deepEqual([(await changeOf(world, broken.run)).outcome, puts(world)], ["enforced", 1]);
    assert.equal((await stateOf(world, target(world)))?.claim, undefined);
    assert.equal((await world.ledger.readRun(broken.run))?.directories[0]?.changes.enforced, 1);
  }));

for (const { claim, age, left } of [
  { claim: "a living event's claim is left alone by a sweep that settles a dead run", age: 0, left: true },
  { claim: "an event's claim that is too old to be anybody's is settled with a dead run", age: 600_000, left: false },
])
  test(claim, () =>
    inWorld(
      async (world) => {
        await world.sweep("plan");
        const id = target(world);
        const state = await stateOf(world, id);
        assert.ok(state && "lease" in (await world.ledger.acquireLease(WORKFORCE, "01DEAD")));
        const plan = { rule: "everyone", requirement: "enabled", before: state.facts, author: "A", step: 0 };
        await world.ledger.planChanges([
          { run: "01DEAD", directory: WORKFORCE, id, username: state.username, ...plan },
        ]);
        const at = new Date(Date.now() - age).toISOString();
        const theirs = { by: "event-1", token: 0, before: { active: true, enabled: false }, at };
        await world.ledger.claimSubject(WORKFORCE, id, theirs);
        outlast(world);
        assert.equal((await world.sweep("plan")).status, "completed");
        assert.deepEqual((await stateOf(world, id))?.claim, left ? theirs : undefined);
        assert.equal((await changeOf(world, "01DEAD")).outcome, left ? undefined : "enforced");
      },
      { off: [] },
    ),
  );

// ---------------------------------------------------------------------------------------------------- changes

test("a change that the vendor answers with an error, and makes, is enforced: the read-back decides", () =>
  inWorld(async (world) => {
    const failing = through(world, async (answer, _, method) => {
      if (method !== "PUT") return answer;
      await answer.arrayBuffer();
      return new Response("{}", { status: 500, headers: { "retry-after": "60" } });
    });
    const { only, run } = await world.sweep("enforce", EVERYONE, failing);
    assert.deepEqual([only.status, only.changes.enforced, only.after.compliant], ["completed", 1, ACCOUNTS]);
    assert.equal((await changeOf(world, run)).outcome, "enforced");
  }));

test("needs-user says whether there is no device or whether nobody knows", () =>
  inWorld(async (world) => {
    world.vendor.setFault({ kind: "error", on: "devices", status: 404 });
    const blind = await world.sweep("enforce");
    world.vendor.clearFaults();
    world.vendor.change(target(world), { devices: [] });
    const bare = await world.sweep("enforce");
    const [unseen, none] = [await changeOf(world, blind.run), await changeOf(world, bare.run)];
    assert.deepEqual([unseen.outcome, none.outcome, puts(world)], ["needs-user", "needs-user", 0]);
    assert.match(unseen.why ?? "", /not known/);
    assert.doesNotMatch(unseen.why ?? "", /no usable device/);
    assert.match(none.why ?? "", /no usable device/);
  }));

// ---------------------------------------------------------------------------------------------------- evidence

test("the manifest names the last cursor, and the source with its rights also when a fresh invocation closes", () =>
  inWorld(
    async (world) => {
      const scoped = through(world, async (answer, url) => {
        if (!url.endsWith("/as/token")) return answer;
        return Response.json({ ...JSON.parse(await answer.text()), scope: "p1:read:user" });
      });
      const closings: string[] = [];
      // An invocation that is too old rests after its next step, and a fresh one goes on behind it.
      const onProgress = ({ did }: ProgressEvent) => {
        if (did === "gated" && world.time.ahead === 0) world.time.ahead = 11 * 60_000;
        if (did === "gated" || did === "closed") closings.push(did);
      };
      const { only, run } = await world.sweep("plan", EVERYONE, { ...scoped, onProgress });
      assert.deepEqual(closings, ["gated", "gated", "closed"], "the steps before were replayed");
      const { cursors, source } = await readSweepManifest(world.evidence, run, WORKFORCE, only.manifest);
      assert.equal(cursors.first, null);
      assert.ok(cursors.last);
      const api = world.vendor.endpoints.api;
      assert.deepEqual(source, { tenant: world.vendor.environment, api, scopes: ["p1:read:user"] });
    },
    { pageSize: 5 },
  ));

test("an altered manifest of the baseline is named, and nothing rests on it", () =>
  inWorld(async (world) => {
    const { run, only } = await world.sweep("plan");
    const key = `runs/${run}/${WORKFORCE}/manifest.json`;
    const manifest = await readSweepManifest(world.evidence, run, WORKFORCE, only.manifest);
    const altered = JSON.stringify({ ...manifest, parts: [] });
    await world.evidence.put(key, new TextEncoder().encode(altered), "application/json");
    world.vendor.leave(world.vendor.account(3).id);
    const next = await world.sweep("enforce");
    assert.deepEqual([next.status, codes(next.only), puts(world)], ["failed", ["ERR_EVIDENCE_ALTERED"], 0]);
  }));

// ---------------------------------------------------------------------------------------------------- the policy

const spared = (id: string) => `
rules:
  - { name: glass, match: { accounts: [{ id: workforce/${id} }] }, require: enabled, enforce: never }
  - { name: everyone, match: all, require: enabled }
`;

test("a rule that spares an account binds it whatever the case of its id", () =>
  inWorld(async (world) => {
    const { only } = await world.sweep("enforce", spared(target(world).toUpperCase()));
    assert.deepEqual([only.status, codes(only), only.changes.planned], ["completed", [], 0]);
    assert.equal((await stateOf(world, target(world)))?.judgement.rule, "glass");
  }));

test("an exemption binds its account whatever the case of its id", () =>
  inWorld(async (world) => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const exemption = `reason: x, from: ${day(-1)}, until: ${day(1)}`;
    const id = target(world).toUpperCase();
    const { only } = await world.sweep(
      "enforce",
      `${EVERYONE}\nexemptions: [{ account: { id: workforce/${id} }, ${exemption} }]`,
    );
    assert.deepEqual([only.verdicts.exempt, only.changes.planned], [1, 0]);
  }));

test("a rule that names an account which does not exist is noted, and the sweep completes", () =>
  inWorld(async (world) => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    const { only } = await world.sweep("plan", spared(nobody));
    assert.deepEqual([only.status, codes(only), only.read], ["completed", ["ERR_RULE_NAME"], ACCOUNTS]);
    assert.match(only.problems[0]?.message ?? "", new RegExp(`workforce/${nobody}`));
  }));

test("a device of a kind that nobody here knows never makes an account compliant", () =>
  inWorld(
    async (world) => {
      world.vendor.change(target(world), { devices: [{ type: "HOLOGRAM", status: "ACTIVE" }] });
      const { only } = await world.sweep("plan", "rules: [{ name: everyone, match: all, require: registered }]");
      assert.deepEqual([only.verdicts.unknown, only.verdicts.compliant], [1, ACCOUNTS - 1]);
      assert.equal((await stateOf(world, target(world)))?.judgement.verdict, "unknown");
    },
    { off: [] },
  ));
