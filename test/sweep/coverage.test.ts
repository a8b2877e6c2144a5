/** A sweep says when its credential may see only a part of the directory, and stops where fewer populations are listed than before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";
import { changeCalls, codesOf, inKnownWorld, messageOf, throughProxy, WORKFORCE } from "./known-world.ts";

const ADMIN = "Identity Data Admin";

test("a credential for one population: complete for what it may see, with a note that says what that is", async (context) => {
  const world = await startWorld({ accounts: 200, roles: [{ name: ADMIN, population: 1 }] });
  context.after(() => world.close());
  const { status, only } = await world.sweep("plan");
  assert.deepEqual([status, codesOf(only)], ["completed", ["ERR_READ_COVERAGE"]]);
  assert.match(
    messageOf(only, "ERR_READ_COVERAGE"),
    new RegExp(`only population ${world.vendor.populations[0]?.id}\\.`),
  );
  assert.ok(only.read > 0 && only.read < 200);
});

const UNCLEAR: readonly [what: string, settings: Partial<PingOneSettings>, set: (world: World) => void, why: RegExp][] =
  [
    ["a role that nobody knows", { roles: [{ name: "Our own" }] }, () => undefined, /role "Our own" shows users\. /],
    [
      "roles that it may not read",
      {},
      ({ vendor }) => vendor.setFault({ kind: "error", status: 403, on: "roleAssignments" }),
      /ERR_VENDOR_DENIED/,
    ],
    [
      "roles that cannot be read now",
      {},
      ({ vendor }) => vendor.setFault({ kind: "limited", on: "roleAssignments", retryAfter: 900 }),
      /its roles cannot be read \(ERR_VENDOR_THROTTLED\)/,
    ],
  ];
for (const [what, settings, set, why] of UNCLEAR)
  test(`a credential with ${what}: the sweep goes on, and says that nobody can tell what it may see`, () =>
    inKnownWorld(async (world) => {
      set(world);
      const { status, only } = await world.sweep("enforce");
      assert.deepEqual([status, codesOf(only), only.changes.enforced], ["completed", ["ERR_READ_COVERAGE"], 1]);
      assert.match(
        messageOf(only, "ERR_READ_COVERAGE"),
        /^It is not known whether the credential of workforce may see every/,
      );
      assert.match(messageOf(only, "ERR_READ_COVERAGE"), why);
    }, settings));

const POPULATIONS = v.looseObject({ _embedded: v.looseObject({ populations: v.array(v.unknown()) }) });

/** The list of populations without the last one. */
const withoutOnePopulation = (world: World) =>
  throughProxy(world, async (answer, url) => {
    if (!new URL(url).pathname.endsWith("/populations")) return answer;
    const body = v.parse(POPULATIONS, await answer.json());
    body._embedded.populations.pop();
    return Response.json(body, { headers: { date: answer.headers.get("date") ?? "" } });
  });

test("one population less than in the last complete run: incomplete, nothing changed, until it is accepted", () =>
  inKnownWorld(async (world) => {
    const gone = world.vendor.populations.at(-1)?.id ?? assert.fail();
    await world.sweep("plan");
    const fewer = await world.sweep("enforce", EVERYONE, withoutOnePopulation(world));
    assert.deepEqual([fewer.only.status, codesOf(fewer.only)], ["incomplete", ["ERR_READ_SHRUNK"]]);
    assert.match(
      messageOf(fewer.only, "ERR_READ_SHRUNK"),
      new RegExp(`Of the 3 populations .*, 1 were not listed \\(${gone}\\)`),
    );
    assert.equal(changeCalls(world).length, 0);
    const { run } = fewer;
    await world.ledger.acceptBaseline(
      WORKFORCE,
      { run, read: fewer.only.read },
      { by: "tester", how: "test" },
      "deleted",
    );
    const after = await world.sweep("enforce", EVERYONE, withoutOnePopulation(world));
    assert.deepEqual([after.only.status, codesOf(after.only), after.only.changes.enforced], ["completed", [], 1]);
    const more = await world.sweep("plan");
    assert.deepEqual([more.only.status, codesOf(more.only)], ["completed", []]);
  }));
