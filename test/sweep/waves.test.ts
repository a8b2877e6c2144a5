/** A plan is applied in waves: to a few accounts first, to more only after that; to administrators last, and never to all at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Change } from "../../lib/model/index.ts";
import { type ChangesToMake, firstWave, nextWave, type Wave } from "../../lib/sweep/waves.ts";
import { EVERYONE, type World } from "../world.ts";
import { changeCalls, codesOf, inKnownWorld, messageOf, WORKFORCE } from "./known-world.ts";
import { sweepInSteps } from "./steps.ts";

const numbers = (count: number) => [...Array(count).keys()];
const administrators = (...entries: string[]) =>
  `${EVERYONE}administrators:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;

/** The waves of a plan that goes well. */
function wavesOf(plan: ChangesToMake): Wave[] {
  const waves: Wave[] = [];
  for (let wave = firstWave(plan); wave; wave = nextWave(plan, wave)) waves.push(wave);
  return waves;
}

const sizesOf = (plan: ChangesToMake, of = false) =>
  wavesOf(plan)
    .filter((wave) => wave.administrators === of)
    .map(({ size }) => size);

test("a wave begins with the smaller of 10 and 1 %, at least one, and each is five times the one before", () => {
  assert.deepEqual(sizesOf({ others: 0, administrators: 0 }), []);
  assert.deepEqual(sizesOf({ others: 1, administrators: 0 }), [1]);
  assert.deepEqual(sizesOf({ others: 2, administrators: 0 }), [1, 1]);
  assert.deepEqual(sizesOf({ others: 199, administrators: 0 }), [1, 5, 25, 125, 43]);
  assert.deepEqual(sizesOf({ others: 250, administrators: 0 }), [2, 10, 50, 188]);
  assert.deepEqual(sizesOf({ others: 50_000, administrators: 0 }), [10, 50, 250, 1_250, 6_250, 31_250, 10_940]);
});

test("administrators come last, in waves that begin small again, never all of them in one", () => {
  assert.deepEqual(
    wavesOf({ others: 7, administrators: 8 }).map(({ number, administrators: last, size }) => [number, last, size]),
    [
      [1, false, 1],
      [2, false, 5],
      [3, false, 1],
      [4, true, 1],
      [5, true, 5],
      [6, true, 2],
    ],
  );
  for (const count of [2, 3, 10, 11, 1_000, 50_000]) {
    const sizes = sizesOf({ others: 0, administrators: count }, true);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      count,
    );
    assert.ok(Math.max(...sizes) < count, `${count} in ${sizes}`);
  }
});

test("a sweep makes its changes wave by wave, each in steps of its own", () =>
  inKnownWorld(
    async (world) => {
      const { record, batches } = await sweepInSteps(world);
      assert.deepEqual([record.status, codesOf(record), record.changes.enforced], ["completed", [], 210]);
      assert.deepEqual(batches, [2, 10, 50, 50, 50, 48]);
    },
    { accounts: 215, off: numbers(210) },
  ));

const changesOf = async ({ ledger }: World, run: string): Promise<Change[]> =>
  (await Array.fromAsync(ledger.listChanges(run, WORKFORCE))).flat();

/** Who is an administrator by one entry: of these accounts everybody's MFA is off. */
const ENTRIES: readonly [
  name: string,
  entryOf: (world: World) => string,
  prepare: (world: World, id: string) => void,
][] = [
  [
    "a group",
    ({ vendor }) => `{ group: ${WORKFORCE}/${vendor.groups[0]?.id} }`,
    ({ vendor }, id) => vendor.change(id, { groups: [vendor.groups[0]?.id ?? ""] }),
  ],
  [
    "a population",
    ({ vendor }) => `{ population: ${WORKFORCE}/${vendor.populations[1]?.id} }`,
    ({ vendor }, id) => vendor.change(id, { population: vendor.populations[1]?.id ?? "" }),
  ],
  [
    "user names",
    () => '{ usernames: "*-adm@example.com" }',
    ({ vendor }, id) => vendor.change(id, { username: `${id}-adm@example.com` }),
  ],
];

for (const [name, entryOf, prepare] of ENTRIES)
  test(`administrators by ${name} are changed after everybody else, two of them not together`, () =>
    inKnownWorld(
      async (world) => {
        const ids = numbers(20).map((index) => world.vendor.account(index).id);
        for (const id of ids)
          world.vendor.change(id, { groups: [], population: world.vendor.populations[0]?.id ?? "" });
        const last = ids.toSorted().slice(0, 2);
        for (const id of last) prepare(world, id);
        const { record, batches } = await sweepInSteps(world, administrators(entryOf(world)));
        assert.deepEqual([record.status, record.changes.enforced, batches], ["completed", 20, [1, 5, 12, 1, 1]]);
        assert.deepEqual(
          changeCalls(world)
            .slice(-2)
            .map(({ user }) => user),
          last,
        );
        const flagged = (await changesOf(world, record.run)).filter(({ administrator }) => administrator);
        assert.deepEqual(
          flagged.map(({ id }) => id),
          last,
        );
      },
      { accounts: 20, off: numbers(20) },
    ));

test("an account that is named is an administrator, also where its user name or its id is another one", () =>
  inKnownWorld(
    async (world) => {
      const [named, renamed, other] = numbers(3).map((index) => world.vendor.account(index));
      assert.ok(named && renamed && other);
      const yaml = administrators(
        `{ account: { id: ${WORKFORCE}/${named.id}, username: ${named.username} } }`,
        `{ account: { id: ${WORKFORCE}/${renamed.id}, username: somebody.else@example.com } }`,
        `{ account: { id: ${WORKFORCE}/${named.id}, username: ${other.username} } }`,
      );
      const { record } = await sweepInSteps(world, yaml);
      assert.equal(record.changes.enforced, 6);
      const flagged = (await changesOf(world, record.run)).filter(({ administrator }) => administrator);
      assert.deepEqual(
        flagged.map(({ id }) => id),
        [named.id, renamed.id, other.id].toSorted(),
      );
    },
    { off: numbers(6) },
  ));

test("whose groups are not known counts as an administrator", () =>
  inKnownWorld(
    async (world) => {
      const { id } = world.vendor.account(3);
      world.vendor.setFault({ kind: "drop", on: "user", user: id, field: "memberOfGroupIDs" });
      const { record } = await sweepInSteps(
        world,
        administrators(`{ group: ${WORKFORCE}/${world.vendor.groups[0]?.id} }`),
      );
      const flagged = (await changesOf(world, record.run)).filter(({ administrator }) => administrator);
      assert.ok(flagged.some((change) => change.id === id));
    },
    { off: numbers(6) },
  ));

for (const kind of ["group", "population"] as const)
  test(`a ${kind} of administrators that does not exist: nothing is read, nothing is changed`, () =>
    inKnownWorld(async (world) => {
      const entry = `{ ${kind}: ${WORKFORCE}/11111111-2222-4333-8444-555555555555 }`;
      const { record } = await sweepInSteps(world, administrators(entry));
      assert.deepEqual([record.status, codesOf(record), record.read], ["incomplete", ["ERR_RULE_SCOPE"], 0]);
      assert.match(messageOf(record, "ERR_RULE_SCOPE"), new RegExp(`The policy names ${kind} .*11111111`));
      assert.equal(changeCalls(world).length, 0);
    }));

test("only those who would be changed cost a look at their groups, and nobody where the policy names no administrators", () =>
  inKnownWorld(async (world) => {
    const looks = () => world.vendor.calls.filter(({ route }) => route === "user").length;
    await world.sweep("plan");
    assert.equal(looks(), 0);
    await world.sweep("plan", administrators(`{ group: ${WORKFORCE}/${world.vendor.groups[0]?.id} }`));
    assert.equal(looks(), 1);
  }));

const THREE_OFF = { off: numbers(3) };

test("between two waves a sweep rests as long as it is told, and nobody else gets its directory meanwhile", () =>
  inKnownWorld(async (world) => {
    const waits: number[] = [];
    const onWait = async (_: string, seconds: number) => {
      waits.push(seconds);
      await delay(seconds * 1_000);
      assert.ok("heldBy" in (await world.ledger.acquireLease(WORKFORCE, "another")));
    };
    const { record, names } = await sweepInSteps(world, EVERYONE, { onWait }, { waveWaitSeconds: 3 });
    assert.deepEqual([record.status, record.changes.enforced], ["completed", 3]);
    // The lease of this world ends after two seconds.
    assert.deepEqual(waits, [1, 1, 1]);
    const from = names.indexOf("enforce-0");
    assert.deepEqual(names.slice(from, names.indexOf("enforce-1") + 1), [
      "enforce-0",
      ...[1, 2, 3].flatMap((round) => [`wave-2-wait-${round}`, `wave-2-renew-${round}`]),
      "enforce-1",
    ]);
  }, THREE_OFF));

test("a sweep that has lost its directory while it rested changes nothing more", () =>
  inKnownWorld(async (world) => {
    const onWait = async () => {
      world.time.ahead = 10_000;
      assert.ok("lease" in (await world.ledger.acquireLease(WORKFORCE, "another")));
    };
    const { record } = await sweepInSteps(world, EVERYONE, { onWait }, { waveWaitSeconds: 1 });
    assert.equal(record.status, "failed");
    assert.deepEqual([codesOf(record).at(0), record.changes.enforced], ["ERR_LEASE_LOST", 1]);
    assert.equal(changeCalls(world).length, 1);
  }, THREE_OFF));
