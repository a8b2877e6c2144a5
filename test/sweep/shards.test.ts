/** What a user can rely on where a directory is read shard by shard: whoever was there at the beginning is read, or nothing is called completed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import { loadPage } from "../../lib/evidence/page-file.ts";
import type { Mode } from "../../lib/model/index.ts";
import { EVERYONE, type World } from "../world.ts";
import { codesOf, passTime, targetOf, throughProxy } from "./known-world.ts";
import {
  ACCOUNTS,
  beforePage,
  filtered,
  inShardedWorld,
  listings,
  manifestOf,
  move,
  SHARDED,
} from "./sharded-world.ts";

test("populations are read side by side, and the evidence says which pages are whose", () =>
  inShardedWorld(async (world) => {
    const { run, only } = await world.sweep("plan", EVERYONE, SHARDED);
    assert.deepEqual([codesOf(only), only.status, only.read, only.total], [[], "completed", ACCOUNTS, ACCOUNTS]);
    assert.deepEqual([only.shards?.count, only.shards?.longest?.accounts], [3, 20]);
    assert.deepEqual([only.verdicts.violating, only.changes.planned], [1, 1]);
    const { parts, shardTotals, totals, claimed } = await manifestOf(world, run);
    assert.deepEqual([totals, claimed], [[ACCOUNTS, ACCOUNTS], ACCOUNTS]);
    const ids = world.vendor.populations.map(({ id }) => id).toSorted();
    assert.deepEqual(
      parts.map(({ shard }) => shard),
      ids,
    );
    assert.deepEqual(
      shardTotals,
      ids.map((id) => ({ id, before: 20, after: 20, read: 20 })),
    );
  }));

test("it takes as many calls as the populations have pages, and one", () =>
  inShardedWorld(async (world) => {
    const before = world.vendor.calls.length;
    await world.sweep("plan", EVERYONE, SHARDED);
    assert.equal(filtered(world).length, 3 * 4);
    assert.equal(listings(world).length, 3 * 4 + 1);
    const sharded = world.vendor.calls.length - before;
    await world.sweep("plan");
    assert.equal(sharded, world.vendor.calls.length - before - sharded + 1);
  }));

test("few accounts, and accounts that are all in one population, are listed as a whole", () =>
  inShardedWorld(async (world) => {
    const few = await world.sweep("plan");
    for (let i = 0; i < ACCOUNTS; i++) move(world, i, 0);
    const one = await world.sweep("plan", EVERYONE, SHARDED);
    for (const { only } of [few, one])
      assert.deepEqual([only.status, only.read, only.shards], ["completed", ACCOUNTS, undefined]);
    assert.equal(filtered(world).length, 0);
  }));

test("a second sweep of the same accounts changes nothing on record", () =>
  inShardedWorld(async (world) => {
    const first = await world.sweep("enforce", EVERYONE, SHARDED);
    assert.deepEqual([first.only.changes.enforced, first.only.after.compliant], [1, ACCOUNTS]);
    const writes = world.counts.writes.STATE;
    const second = await world.sweep("enforce", EVERYONE, SHARDED);
    assert.deepEqual([second.only.departed, second.only.changes.planned], [0, 0]);
    assert.equal(world.counts.writes.STATE, writes);
  }));

test("somebody who moves from a population that is not yet read into one that is read is found by reading that one again", () =>
  inShardedWorld(async (world) => {
    // Of the last population nothing is answered before the others are read; its last one is then in the first of them.
    const [first = "", , last = ""] = world.vendor.populations.map(({ id }) => id);
    const { run, only, moved } = await sweepMoving(world, (url) => url.includes(last), [59, 0]);
    assert.equal(moved, true);
    assert.deepEqual([only.shards?.doubt, only.status, only.read], [undefined, "completed", ACCOUNTS]);
    assert.ok((await idsRead(world, run)).has(world.vendor.account(59).id));
    const { parts, shardTotals } = await manifestOf(world, run);
    const ofFirst = shardTotals?.find(({ id }) => id === first);
    assert.deepEqual(ofFirst, { id: first, before: 20, after: 21, read: 21 });
    assert.deepEqual([parts.length, only.duplicates], [3, 0]);
    // Four pages of each, and one to look at the whole; then five of the one that is read again, and another look.
    assert.deepEqual([filtered(world).length, listings(world).length], [3 * 4 + 5, 3 * 4 + 5 + 2]);
  }));

test("what was planned in a population that is read again is planned once, and carried out once", () =>
  inShardedWorld(
    async (world) => {
      const { vendor } = world;
      const last = vendor.populations[2]?.id ?? "";
      const { only } = await sweepMoving(world, (url) => url.includes(last), [59, 0], { mode: "enforce" });
      assert.deepEqual([only.status, only.shards?.doubt, only.read], ["completed", undefined, ACCOUNTS]);
      assert.deepEqual([only.verdicts.violating, only.changes.planned, only.changes.enforced], [4, 4, 4]);
      assert.deepEqual(
        vendor.switched.map(({ id }) => id).toSorted(),
        [0, 1, 3, 59].map((i) => vendor.account(i).id).toSorted(),
      );
    },
    { off: [0, 1, 3, 59] },
  ));

test("where so many move that most would be read again, the whole is listed", () =>
  inShardedWorld(async (world) => {
    const last = world.vendor.populations[2]?.id ?? "";
    const { only } = await sweepMoving(world, (url) => url.includes(last), [59, 0], { also: () => move(world, 56, 1) });
    assert.match(only.shards?.doubt ?? "", /58 of the 60 accounts .* somebody moved or left/);
    assert.deepEqual([only.status, only.read, only.duplicates], ["completed", ACCOUNTS, 0]);
  }));

test("somebody who moves the other way is read twice and counted once", () =>
  inShardedWorld(async (world) => {
    const last = world.vendor.populations[2]?.id ?? "";
    const { only, moved } = await sweepMoving(world, (url) => url.includes(last), [0, 2]);
    assert.equal(moved, true);
    assert.deepEqual([only.status, only.read, only.duplicates, only.shards?.count], ["completed", ACCOUNTS, 1, 3]);
  }));

test("sums that agree while one moves, one comes and one goes do not hide who is missing", () =>
  inShardedWorld(async (world) => {
    const last = world.vendor.populations[2]?.id ?? "";
    const { only } = await sweepMoving(world, (url) => url.includes(last), [59, 0], {
      also: () => {
        world.vendor.join({ population: last });
        world.vendor.leave(world.vendor.account(1).id);
      },
    });
    assert.ok(only.shards?.doubt);
    assert.deepEqual([only.status, only.read], ["completed", ACCOUNTS]);
  }));

/** Holds the listings that are `held` back until the others are read; then somebody moves. */
async function sweepMoving(
  world: World,
  held: (url: string) => boolean,
  [account, population]: readonly [account: number, population: number],
  { also = () => {}, mode = "plan" }: { readonly also?: () => void; readonly mode?: Mode } = {},
) {
  let others = 0;
  let moved = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const { policy, clock } = world.ports();
  const secret = { value: world.vendor.credentials, version: "1" };
  const call: typeof fetch = async (input, init) => {
    const url = String(input);
    const isShard = url.includes("population.id");
    if (isShard && held(url)) await promise;
    const answer = await fetch(input, init);
    if (!isShard || held(url) || ++others < 8) return answer;
    if (!moved) {
      moved = true;
      move(world, account, population);
      also();
    }
    resolve();
    return answer;
  };
  const open = opener(policy, { read: async () => secret }, call, clock);
  return { ...(await world.sweep(mode, EVERYONE, { ...SHARDED, open })), moved };
}

test("whoever is there all the time is in every completed sweep, however people move, come and go meanwhile", () =>
  inShardedWorld(async (world) => {
    const random = drawer(14);
    let moves = 0;
    let sharded = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // Whoever came in the second before the count may have come after it.
      passTime(world, round * 10_000);
      const people = new Set(peopleOf(world));
      const intensity = round % 4;
      const { open } = throughProxy(world, async (answer, url) => {
        if (!url.includes("users")) return answer;
        for (let i = 0; i < intensity * 25; i++) moves += moveSomebody(world, random);
        if (random() < 0.05 * intensity) comeOrGo(world, random);
        return answer;
      });
      const { run, only } = await world.sweep("plan", EVERYONE, { ...SHARDED, open });
      const present = new Set(peopleOf(world));
      const read = await idsRead(world, run);
      const missing = [...people].filter((id) => present.has(id) && !read.has(id));
      if (only.status === "completed") assert.deepEqual(missing, [], `round ${round}`);
      if ((only.shards?.count ?? 0) > 0) sharded++;
    }
    assert.ok(moves > 5_000, `${moves} moves`);
    assert.ok(sharded >= ROUNDS / 4, `${sharded} rounds were read shard by shard`);
  }));

const ROUNDS = 24;

/** The same numbers from 0 to 1 at every run of the test. */
function drawer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Numbers of accounts never end: who leaves has one, too. */
const numbersOf = ({ vendor }: World): number[] =>
  Array.from({ length: ACCOUNTS }, (_, i) => i).filter((i) => vendor.find(vendor.account(i).id) !== undefined);

const peopleOf = (world: World): string[] => numbersOf(world).map((i) => world.vendor.account(i).id);

function moveSomebody(world: World, random: () => number): number {
  const numbers = numbersOf(world);
  const account = numbers[Math.floor(random() * numbers.length)];
  if (account === undefined) return 0;
  move(world, account, Math.floor(random() * 3));
  return 1;
}

function comeOrGo(world: World, random: () => number): void {
  const numbers = numbersOf(world);
  const leaving = numbers[Math.floor(random() * numbers.length)];
  if (random() < 0.5 || leaving === undefined || numbers.length < 40) {
    world.vendor.join({ population: world.vendor.populations[Math.floor(random() * 3)]?.id ?? "" });
  } else world.vendor.leave(world.vendor.account(leaving).id);
}

async function idsRead(world: World, run: string): Promise<Set<string>> {
  const { parts } = await manifestOf(world, run);
  const pages = parts.flatMap((part) => part.pages);
  const rows = await Promise.all(pages.map((page) => loadPage(world.evidence, page)));
  return new Set(rows.flat().map(({ id }) => id));
}

test("what was planned in shards that do not count is planned once, and carried out once", () =>
  inShardedWorld(async (world) => {
    const target = targetOf(world);
    const { open } = beforePage(world, 6, () => world.vendor.leave(world.vendor.account(59).id));
    const { only } = await world.sweep("enforce", EVERYONE, { ...SHARDED, open });
    assert.match(only.shards?.doubt ?? "", /59 of the 60 accounts/);
    assert.deepEqual([only.status, only.read, only.changes.planned], ["completed", ACCOUNTS - 1, 1]);
    assert.equal(only.changes.enforced, 1);
    assert.deepEqual(
      world.vendor.switched.map(({ id }) => id),
      [target],
    );
  }));

test("a population that may not be listed, or is gone, makes it list the whole", () =>
  inShardedWorld(async (world) => {
    for (const status of [400, 403, 404]) {
      const { open } = throughProxy(world, async (answer, url) =>
        url.includes("population.id") ? new Response("{}", { status }) : answer,
      );
      const { only } = await world.sweep("plan", EVERYONE, { ...SHARDED, open });
      assert.deepEqual([only.status, only.read], ["completed", ACCOUNTS], `${status}`);
      assert.ok(only.shards?.doubt, `${status}`);
    }
  }));

test("accounts in no population are found by what the listing of the whole claims", () =>
  inShardedWorld(async (world) => {
    const homeless = world.vendor.account(59).id;
    world.vendor.change(homeless, { population: "" });
    const { run, only } = await world.sweep("plan", EVERYONE, SHARDED);
    assert.match(only.shards?.doubt ?? "", /59 accounts were read and the vendor claims 60/);
    assert.deepEqual([only.status, only.read], ["completed", ACCOUNTS]);
    assert.equal((await manifestOf(world, run)).shardTotals, undefined);
  }));

test("a population that does not count makes it list the whole", () =>
  inShardedWorld(async (world) => {
    world.vendor.setFault({ kind: "error", on: "populations", status: 403 });
    const { only } = await world.sweep("plan", EVERYONE, SHARDED);
    assert.deepEqual([only.status, only.read, only.shards], ["completed", ACCOUNTS, undefined]);
    assert.deepEqual(codesOf(only), ["ERR_READ_TOTAL"]);
  }));
