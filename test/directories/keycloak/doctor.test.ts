/** What the doctor finds out of a realm without changing anything: each role alone, and whether anything protects anybody. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFlow, type KeycloakSettings } from "../../../simulators/keycloak/index.ts";
import { never } from "../tenant.ts";
import { browserFlow, openOn, start, type World } from "./realm.ts";

const results = async ({ directory }: Pick<World, "directory">) =>
  Object.fromEntries((await directory.check(never)).map(({ name, result }) => [name, result]));

const ALL = {
  reach: "passed",
  token: "passed",
  "read users": "passed",
  "see all accounts": "passed",
  "change users": "passed",
  "read events": "passed",
  clock: "passed",
  "sign-in asks for a second factor": "passed",
  "action is carried out": "passed",
  "sign-in without a browser": "passed",
};

describe("the doctor", () => {
  test("passes a realm in which everything is as it should be", async (context) => {
    assert.deepEqual(await results(await start(context)), ALL);
  });

  const lacking: readonly [roles: NonNullable<KeycloakSettings["roles"]>, differing: Record<string, string>][] = [
    [["view-users", "view-realm", "view-events"], { "change users": "cannot be tested" }],
    [["view-users", "manage-users", "view-realm"], { "read events": "cannot be tested" }],
    [
      ["view-users", "manage-users", "view-events"],
      {
        "sign-in asks for a second factor": "failed",
        "action is carried out": "cannot be tested",
        "sign-in without a browser": "cannot be tested",
      },
    ],
    [["view-realm", "view-events"], { "read users": "failed", "see all accounts": "failed", "change users": "failed" }],
    [
      ["query-users", "view-realm", "view-events"],
      { "see all accounts": "failed", "change users": "cannot be tested" },
    ],
  ];
  for (const [roles, differing] of lacking) {
    test(`tells what is missing with ${roles.join(", ")} alone`, async (context) => {
      assert.deepEqual(await results(await start(context, { roles })), { ...ALL, ...differing });
    });
  }

  test("fails a realm whose sign-in asks nobody for a second factor, and warns of a way in without one", async (context) => {
    const world = await start(context);
    const { flows } = world.keycloak.settings;
    flows.set("browser", createFlow(browserFlow()));
    flows.set("direct grant", createFlow([[0, "REQUIRED", "direct-grant-validate-password"]]));
    assert.deepEqual(await results(world), {
      ...ALL,
      "sign-in asks for a second factor": "failed",
      "action is carried out": "cannot be tested",
      "sign-in without a browser": "warning",
    });
  });

  test("fails an action that the realm does not carry out", async (context) => {
    const world = await start(context);
    for (const action of world.keycloak.settings.actions) action.enabled = false;
    assert.deepEqual(await results(world), { ...ALL, "action is carried out": "failed" });
  });

  test("says which events are not kept", async (context) => {
    const world = await start(context);
    world.keycloak.events.config.adminEventsEnabled = false;
    const check = (await world.directory.check(never)).find(({ name }) => name === "read events");
    assert.equal(check?.result, "cannot be tested");
    assert.match(check?.detail ?? "", /keeps no admin events/);
  });

  test("finds a clock that is off by the token alone, since no answer has a date", async (context) => {
    const now = Date.parse("2026-11-20T12:06:00Z");
    assert.deepEqual(await results(await start(context, { now: () => now })), { ...ALL, clock: "failed" });
  });

  test("stops at a realm that is not there, and at a client that is not accepted", async (context) => {
    const { keycloak } = await start(context);
    assert.deepEqual(await results({ directory: openOn(keycloak, { realm: "other" }) }), { reach: "failed" });
    assert.deepEqual(await results({ directory: openOn(keycloak, {}, { clientSecret: "wrong" }) }), {
      reach: "passed",
      token: "failed",
    });
  });
});
