/** What holds where a shard fails, comes or goes while a directory is read shard by shard, and how many are read at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { EVERYONE } from "../world.ts";
import { codesOf, inKnownWorld, throughProxy } from "./known-world.ts";
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

test("a population that is created meanwhile makes it list the whole, with those who came with it", () =>
  inShardedWorld(async (world) => {
    const { vendor } = world;
    const { open } = beforePage(world, 6, () => {
      const { id } = vendor.createPopulation("Acquired");
      vendor.join({ population: id });
      vendor.change(vendor.account(59).id, { population: id });
    });
    const { only } = await world.sweep("plan", EVERYONE, { ...SHARDED, open });
    assert.ok(only.shards?.doubt);
    assert.deepEqual([only.status, only.read, only.total], ["completed", ACCOUNTS + 1, ACCOUNTS]);
  }));

test("so does one that is created and stays empty", () =>
  inShardedWorld(async (world) => {
    const { open } = beforePage(world, 6, () => world.vendor.createPopulation("Acquired"));
    const { only } = await world.sweep("plan", EVERYONE, { ...SHARDED, open });
    assert.match(only.shards?.doubt ?? "", /populations came or went/);
    assert.deepEqual([only.status, only.read], ["completed", ACCOUNTS]);
  }));

test("of a population that is emptied and deleted meanwhile nobody is lost", () =>
  inShardedWorld(async (world) => {
    const { vendor } = world;
    const gone = vendor.populations[2]?.id ?? "";
    const { open } = beforePage(world, 6, () => {
      for (let i = 2; i < ACCOUNTS; i += 3) move(world, i, 0);
      vendor.deletePopulation(gone);
    });
    const { only } = await world.sweep("plan", EVERYONE, { ...SHARDED, open });
    assert.ok(only.shards?.doubt);
    assert.deepEqual([only.status, only.read], ["completed", ACCOUNTS]);
  }));

test("a population that breaks off in the middle leaves the sweep incomplete, and nothing is changed", () =>
  inShardedWorld(async (world) => {
    const last = world.vendor.populations[2]?.id ?? "";
    const { open } = throughProxy(world, async (answer, url) =>
      url.includes(last) && url.includes("cursor=") ? new Response("{}", { status: 200 }) : answer,
    );
    const { run, only } = await world.sweep("enforce", EVERYONE, { ...SHARDED, open });
    assert.deepEqual([only.status, codesOf(only)], ["incomplete", ["ERR_VENDOR_FORMAT"]]);
    // The first page of the one that broke off, and the others whole.
    assert.equal(only.read, 20 + 20 + 5);
    assert.deepEqual([only.changes.enforced, world.vendor.switched], [0, []]);
    const { parts, shardTotals } = await manifestOf(world, run);
    assert.deepEqual([parts.length, shardTotals, only.shards], [3, undefined, undefined]);
  }));

test("a population that is refused from its second page on makes it list the whole", () =>
  inShardedWorld(async (world) => {
    const last = world.vendor.populations[2]?.id ?? "";
    const { open } = throughProxy(world, async (answer, url) =>
      url.includes(last) && url.includes("cursor=") ? new Response("{}", { status: 403 }) : answer,
    );
    const { only } = await world.sweep("plan", EVERYONE, { ...SHARDED, open });
    assert.deepEqual([only.status, only.read, only.duplicates], ["completed", ACCOUNTS, 0]);
    assert.ok(only.shards?.doubt);
  }));

test("a population that is skipped over while it is read again makes it list the whole", () =>
  inShardedWorld(async (world) => {
    const [first = "", second = ""] = world.vendor.populations.map(({ id }) => id);
    let readings = 0;
    // Somebody moves from the second one, whose first page comes last, into the first one; its second reading is refused.
    const { open } = throughProxy(world, async (answer, url) => {
      const isFirstPage = url.includes("population.id") && !url.includes("cursor=");
      if (isFirstPage && url.includes(first) && ++readings === 2) return new Response("{}", { status: 403 });
      return answer;
    });
    let moved = false;
    const { only } = await world.sweep("plan", EVERYONE, {
      ...SHARDED,
      open: async (directory, signal) => {
        const opened = await open(directory, signal);
        return {
          ...opened,
          async page(cursor, pageSignal) {
            const page = await opened.page(cursor, pageSignal);
            // As if the account had gone while the page was made.
            if (!cursor?.includes(second) || moved) return page;
            moved = true;
            const [gone, ...subjects] = page.subjects;
            world.vendor.change(gone?.id ?? "", { population: first });
            return { ...page, subjects };
          },
        };
      },
    });
    assert.deepEqual([readings, only.status, only.read], [2, "completed", ACCOUNTS]);
    assert.ok(only.shards?.doubt);
  }));

test("eight populations are read at once, and no more", () =>
  inKnownWorld(
    async (world) => {
      let underWay = 0;
      let most = 0;
      const { open } = world.ports();
      const counting: typeof open = async (directory, signal) => {
        const opened = await open(directory, signal);
        return {
          ...opened,
          async page(cursor, pageSignal) {
            most = Math.max(most, ++underWay);
            const page = await opened.page(cursor, pageSignal);
            // Whoever may begin has begun.
            await delay(20);
            underWay--;
            return page;
          },
        };
      };
      const { only } = await world.sweep("plan", EVERYONE, { ...SHARDED, open: counting });
      assert.deepEqual([only.status, only.read, only.shards?.count], ["completed", 96, 12]);
      assert.equal(most, 8);
    },
    { accounts: 96, equalPopulations: 12, pageSize: 4 },
  ));

test("a population that holds most people is read by itself, and the record names it as the longest", () =>
  inShardedWorld(async (world) => {
    for (let i = 0; i < ACCOUNTS; i++) move(world, i, i < 50 ? 0 : 1 + (i % 2));
    const { only } = await world.sweep("plan", EVERYONE, SHARDED);
    const [largest] = world.vendor.populations;
    assert.deepEqual([only.status, only.read], ["completed", ACCOUNTS]);
    assert.deepEqual(only.shards, { count: 3, longest: { id: largest?.id, accounts: 50 } });
    assert.equal(filtered(world).filter(({ query }) => query.includes(largest?.id ?? "")).length, 10);
  }));

test("an environment with a thousand populations is listed as a whole", () =>
  inKnownWorld(
    async (world) => {
      const { run, only } = await world.sweep("plan", EVERYONE, SHARDED);
      assert.deepEqual([only.status, only.read, only.total, only.shards], ["completed", 1_000, 1_000, undefined]);
      assert.equal(filtered(world).length, 0);
      assert.equal(listings(world).length, 10);
      assert.equal((await manifestOf(world, run)).populations?.count, 1_000);
    },
    { accounts: 1_000, equalPopulations: 1_000, pageSize: 100 },
  ));
