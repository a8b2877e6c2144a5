/** What a user can rely on where a listing, a count or a rule is odd: nobody is counted twice, and nothing rests on what is not so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import type { ProgressEvent } from "../../lib/sweep/index.ts";
import { EVERYONE, type World } from "../world.ts";
import {
  ACCOUNTS,
  changeCalls,
  codesOf,
  inKnownWorld,
  problemsOf,
  stateOf,
  sumOf,
  targetOf,
  throughProxy,
  WORKFORCE,
  whenPlanned,
} from "./known-world.ts";

const tester = { by: "tester", how: "test" };

/** @param gone how many were found to be gone when they were to be changed */
function assertAddsUp({ read, verdicts, after }: DirectoryRecord, gone = 0): void {
  assert.deepEqual([sumOf(verdicts), sumOf(after)], [read, read - gone]);
  for (const count of [...Object.values(verdicts), ...Object.values(after)]) assert.ok(count >= 0);
}

test("an account listed twice, first violating and then compliant, is counted once, and no count is negative", () => {
  let pages = 0;
  let known: World | undefined;
  const before = ({ route }: { readonly route: string }) => {
    if (route === "users" && ++pages === 2 && known)
      known.vendor.change(known.vendor.account(4).id, { mfaEnabled: true });
  };
  return inKnownWorld(
    async (world) => {
      known = world;
      world.vendor.setFault({ kind: "duplicate-user", on: "users", nth: 2 });
      const { only } = await world.sweep("enforce");
      assert.deepEqual([only.status, only.read, only.duplicates], ["completed", ACCOUNTS, 1]);
      assert.deepEqual([only.changes.planned, only.changes.already, changeCalls(world).length], [1, 1, 0]);
      assert.deepEqual([only.verdicts.violating, only.after.violating, only.after.compliant], [1, 0, ACCOUNTS]);
      assertAddsUp(only);
    },
    { off: [4], pageSize: 5, before },
  );
});

test("counts after the changes add up, also when an account cannot be read again", () =>
  inKnownWorld(async (world) => {
    const { only } = await world.sweep(
      "enforce",
      EVERYONE,
      whenPlanned(() => world.vendor.setFault({ kind: "error", on: "user", status: 400 })),
    );
    assert.deepEqual([only.changes.failed, only.after.violating], [1, 1]);
    assertAddsUp(only);
  }));

test("counts after the changes add up, also when somebody else is at the account", () =>
  inKnownWorld(async (world) => {
    await world.sweep("plan");
    const theirs = { by: "event-1", token: 0, before: {}, at: new Date().toISOString() };
    await world.ledger.claimSubject(WORKFORCE, targetOf(world), theirs);
    const { only } = await world.sweep("enforce", EVERYONE, { readBackTimeoutMs: 300 });
    assert.deepEqual([only.changes.refused, only.after.violating], [1, 1]);
    assertAddsUp(only);
  }));

test("counts after the changes add up, but for who has left meanwhile", () =>
  inKnownWorld(async (world) => {
    const { only } = await world.sweep(
      "enforce",
      EVERYONE,
      whenPlanned(() => world.vendor.leave(targetOf(world))),
    );
    assert.deepEqual([only.changes.refused, only.after.violating], [1, 0]);
    assertAddsUp(only, 1);
  }));

test("who is gone from two populations behind an accepted one departs once", () =>
  inKnownWorld(
    async (world) => {
      const { vendor, ledger } = world;
      await world.sweep("plan");
      for (let i = 0; i < 21; i++) vendor.leave(vendor.account(i).id);
      const shrunk = await world.sweep("plan");
      assert.deepEqual([shrunk.status, codesOf(shrunk.only)], ["incomplete", ["ERR_READ_SHRUNK"]]);
      await ledger.acceptBaseline(WORKFORCE, { run: shrunk.run, read: shrunk.only.read }, tester, "sold");
      vendor.leave(vendor.account(40).id);
      const { only } = await world.sweep("plan");
      assert.deepEqual([only.status, only.departed], ["completed", 22]);
    },
    { accounts: 60 },
  ));

test("an empty list of populations confirms nothing", () =>
  inKnownWorld(async (world) => {
    const emptied = throughProxy(world, async (answer, url) => {
      if (!url.includes("/populations")) return answer;
      return Response.json({ ...JSON.parse(await answer.text()), _embedded: { populations: [] } });
    });
    const { only } = await world.sweep("enforce", EVERYONE, emptied);
    assert.deepEqual([only.status, codesOf(only), changeCalls(world).length], ["incomplete", ["ERR_VENDOR_FORMAT"], 0]);
  }));

for (const nth of [1, 2])
  test(`totals that are far apart confirm nothing, whichever is the larger: count ${nth}`, () =>
    inKnownWorld(async (world) => {
      world.vendor.setFault({ kind: "miscount-populations", on: "populations", nth, by: 60 });
      const { only } = await world.sweep("enforce");
      assert.deepEqual([only.read, only.total], [ACCOUNTS, ACCOUNTS]);
      assert.deepEqual([only.status, codesOf(only), changeCalls(world).length], ["incomplete", ["ERR_READ_SHORT"], 0]);
    }));

test("the manifest names the last cursor, and the source with its rights also when a fresh invocation closes", () =>
  inKnownWorld(
    async (world) => {
      const scoped = throughProxy(world, async (answer, url) => {
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
  inKnownWorld(async (world) => {
    const { run, only } = await world.sweep("plan");
    const key = `runs/${run}/${WORKFORCE}/manifest.json`;
    const manifest = await readSweepManifest(world.evidence, run, WORKFORCE, only.manifest);
    const altered = JSON.stringify({ ...manifest, parts: [] });
    await world.evidence.put(key, new TextEncoder().encode(altered), "application/json");
    world.vendor.leave(world.vendor.account(3).id);
    const next = await world.sweep("enforce");
    assert.deepEqual(
      [next.status, codesOf(next.only), changeCalls(world).length],
      ["failed", ["ERR_EVIDENCE_ALTERED"], 0],
    );
  }));

const spared = (id: string) => `
rules:
  - { name: glass, match: { accounts: [{ id: workforce/${id} }] }, require: enabled, enforce: never }
  - { name: everyone, match: all, require: enabled }
`;

test("a rule that spares an account binds it whatever the case of its id", () =>
  inKnownWorld(async (world) => {
    const { only } = await world.sweep("enforce", spared(targetOf(world).toUpperCase()));
    assert.deepEqual([only.status, codesOf(only), only.changes.planned], ["completed", [], 0]);
    assert.equal((await stateOf(world, targetOf(world)))?.judgement.rule, "glass");
  }));

test("an exemption binds its account whatever the case of its id", () =>
  inKnownWorld(async (world) => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const exemption = `reason: x, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: ${day(-1)}, until: ${day(1)}`;
    const id = targetOf(world).toUpperCase();
    const { only } = await world.sweep(
      "enforce",
      `${EVERYONE}\nexemptions: [{ account: { id: workforce/${id} }, ${exemption} }]`,
    );
    assert.deepEqual([only.verdicts.exempt, only.changes.planned], [1, 0]);
  }));

test("a rule that names an account which does not exist is noted, and the sweep completes if it protects nobody", () =>
  inKnownWorld(async (world) => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    const { only } = await world.sweep("plan", spared(nobody).replace(", enforce: never", ""));
    assert.deepEqual([only.status, codesOf(only), only.read], ["completed", ["ERR_RULE_NAME"], ACCOUNTS]);
    assert.match(problemsOf(only)[0]?.message ?? "", new RegExp(`workforce/${nobody}`));
  }));

test("a device of a kind that nobody here knows never makes an account compliant", () =>
  inKnownWorld(
    async (world) => {
      world.vendor.change(targetOf(world), { devices: [{ type: "HOLOGRAM", status: "ACTIVE" }] });
      const { only } = await world.sweep("plan", "rules: [{ name: everyone, match: all, require: registered }]");
      assert.deepEqual([only.verdicts.unknown, only.verdicts.compliant], [1, ACCOUNTS - 1]);
      assert.equal((await stateOf(world, targetOf(world)))?.judgement.verdict, "unknown");
    },
    { off: [] },
  ));
