/** Graph's subscription: made for an address that answers, compared, renewed, and what its notifications name. */

import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { vendors } from "../../../lib/directories/index.ts";
import type { QueueMessage, WebhookReader } from "../../../lib/model/index.ts";
import { acceptWebhook } from "../../../lib/webhook/index.ts";
import type { EntraSettings } from "../../../simulators/entra/index.ts";
import { startServer } from "../../loopback.ts";
import { never } from "../tenant.ts";
import { noon, start } from "./tenant.ts";

const STATE = "a-hook-credential-of-many-characters";
const DAY_MS = 86_400_000;
const found = vendors.entra?.hooks;
assert.ok(found);
const reader: WebhookReader = found;

/** A tenant, and our own webhook behind real HTTP. */
async function startWorld(context: TestContext, simulated: Partial<EntraSettings> = {}) {
  const { entra, directory } = await start(context, simulated);
  const queued: QueueMessage[] = [];
  const dead: string[] = [];
  const ports = {
    hooks: new Map([["office", reader]]),
    credentials: async () => new Map([["office", [STATE]]]),
    queue: {
      send: async (messages: readonly QueueMessage[]) => void queued.push(...messages),
      sendToDeadLetter: async ({ why }: { why: string }) => void dead.push(why),
    },
    count: () => {},
  };
  const address = await startServer(context, async (request, response) => {
    const { pathname: path, search } = new URL(`http://x${request.url}`);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
    const { method = "" } = request;
    const call = { method, path, query: search.slice(1), headers, body: await text(request), base64: false };
    const { status, content } = await acceptWebhook(ports, call, never);
    response.writeHead(status, content && { "content-type": content.contentType }).end(content?.body);
  });
  const target = { url: `${address}/hooks/office`, header: STATE };
  const hooks = directory.hooks ?? assert.fail("no hooks");
  return { entra, hooks, target, address, queued, dead };
}

describe("a subscription", () => {
  test("is missing, is made, is right, and made again is one", async (context) => {
    const { entra, hooks, target } = await startWorld(context);
    assert.equal((await hooks.plan(target, never)).state, "missing");
    await hooks.apply(target, never);
    const [made, ...more] = entra.subscriptions();
    assert.deepEqual(more, []);
    assert.deepEqual(
      [made?.resource, made?.changeType, made?.clientState, made?.notificationUrl, made?.lifecycleNotificationUrl],
      ["users", "updated,deleted", STATE, target.url, target.url],
    );
    assert.ok(Date.parse(made?.expirationDateTime ?? "") - noon < 29 * DAY_MS);
    const plan = await hooks.plan(target, never);
    assert.equal(plan.state, "right");
    assert.match(plan.detail, /it ends at 2026-12-18T12:00:00.000Z unless it is renewed/);
    await hooks.apply(target, never);
    assert.equal(entra.subscriptions().length, 1);
    assert.notEqual(entra.subscriptions()[0]?.id, made?.id);
  });

  test("that differs says in what, and never with which value", async (context) => {
    const { entra, hooks, target } = await startWorld(context);
    await hooks.apply(target, never);
    const [made] = entra.subscriptions();
    assert.ok(made);
    for (const [change, says] of [
      [{ clientState: "another" }, /its clientState has another value/],
      [{ changeType: "deleted" }, /it is for other changes/],
      [{ notificationUrl: "https://old.example/hooks/office" }, /it sends to another address/],
      [{ lifecycleNotificationUrl: null }, /it tells of its own end elsewhere, or nowhere/],
    ] as const) {
      const before = { ...made };
      Object.assign(made, change);
      const plan = await hooks.plan(target, never);
      assert.equal(plan.state, "different");
      assert.match(plan.detail, says);
      assert.doesNotMatch(plan.detail, /another-|a-hook-credential/);
      Object.assign(made, before);
    }
  });

  test("whose clientState is hidden counts as different", async (context) => {
    const { hooks, target } = await startWorld(context, { hidesClientState: true });
    await hooks.apply(target, never);
    assert.match((await hooks.plan(target, never)).detail, /cannot be compared, since Graph does not show it/);
  });

  test("of another app's address, or of something else, is left alone", async (context) => {
    const { entra, hooks, target, address } = await startWorld(context);
    await hooks.apply({ ...target, url: `${address}/hooks/office` }, never);
    const [made] = entra.subscriptions();
    assert.ok(made);
    made.notificationUrl = "https://elsewhere.example/notify";
    assert.equal((await hooks.plan(target, never)).state, "missing");
    await hooks.apply(target, never);
    assert.equal(entra.subscriptions().length, 2);
  });

  test("is not made for an address that does not answer, and nothing is taken away then", async (context) => {
    const { entra, hooks, target, address } = await startWorld(context);
    await hooks.apply(target, never);
    const wrong = { ...target, url: `${address}/elsewhere/hooks/office` };
    await assert.rejects(hooks.apply(wrong, never), { code: "ERR_VENDOR_REJECTED", message: /within 10 seconds/ });
    assert.equal(entra.subscriptions().length, 1);
  });

  test("takes neither another scheme nor a credential that is too long", async (context) => {
    const { hooks, target } = await startWorld(context);
    for (const wrong of [{ url: "http://example.com/hooks/office" }, { header: "x".repeat(129) }])
      await assert.rejects(hooks.apply({ ...target, ...wrong }, never), { code: "ERR_INPUT_INVALID" });
  });

  test("is renewed for as long as Graph allows, and not made by that", async (context) => {
    const { entra, hooks, target } = await startWorld(context);
    await assert.rejects(async () => hooks.renew?.(never), { code: "ERR_VENDOR_NOT_FOUND", message: /--setup-hooks/ });
    await hooks.apply(target, never);
    const [made] = entra.subscriptions();
    assert.ok(made);
    made.expirationDateTime = new Date(noon + DAY_MS).toISOString();
    await hooks.renew?.(never);
    assert.equal(entra.subscriptions()[0]?.id, made.id);
    assert.equal(entra.subscriptions()[0]?.expirationDateTime, new Date(noon + 28 * DAY_MS).toISOString());
  });

  test("has its own permission named where it lacks it", async (context) => {
    const { entra, hooks, target } = await startWorld(context);
    entra.setPermissions(["AuditLog.Read.All"]);
    await assert.rejects(hooks.plan(target, never), { code: "ERR_VENDOR_DENIED", message: /docs\/entra\.md/ });
  });
});

describe("a notification", () => {
  test("names the user, whatever happened to the account, and is taken once it is queued", async (context) => {
    const { entra, hooks, target, queued } = await startWorld(context);
    await hooks.apply(target, never);
    const [changed, gone] = [entra.user(0).id, entra.user(1).id];
    entra.change(changed, { accountEnabled: false });
    entra.leave(gone);
    const { id: joined } = entra.join();
    await entra.waitUntilSent();
    const subjects = queued.flatMap(({ events }) => events.map(({ subject }) => subject));
    assert.deepEqual(subjects.toSorted(), [changed, gone, joined].toSorted());
    assert.deepEqual(new Set(entra.deliveries.map(({ status }) => status)), new Set([200]));
    assert.ok(!JSON.stringify(queued).includes(STATE));
  });

  test("of the same user twice is two events, since Graph gives them no id", async (context) => {
    const { entra, hooks, target, queued } = await startWorld(context);
    await hooks.apply(target, never);
    for (const accountEnabled of [false, true]) entra.change(entra.user(0).id, { accountEnabled });
    await entra.waitUntilSent();
    const ids = queued.flatMap(({ events }) => events.map(({ id }) => id));
    assert.equal(new Set(ids).size, 2);
  });

  test("with another clientState, or one among others, is refused whole", async (context) => {
    const { target, queued } = await startWorld(context);
    const item = (clientState?: string) => ({ clientState, resource: "Users/11111111-2222-4333-8444-555555555555" });
    const post = (body: unknown) =>
      fetch(target.url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
    for (const value of [[item("wrong")], [item()], [item(STATE), item("wrong")], [], [7, item(STATE)]])
      assert.equal((await post({ value })).status, 401, JSON.stringify(value));
    for (const body of ["", "not JSON", "[]", { value: {} }, null]) assert.equal((await post(body)).status, 401);
    assert.deepEqual(queued, []);
    assert.equal((await post({ value: [item(STATE)] })).status, 200);
    assert.equal(queued.length, 1);
  });

  test("of a subscription that must be authorised again asks for a renewal", async (context) => {
    const { entra, hooks, target, queued } = await startWorld(context);
    await hooks.apply(target, never);
    entra.tellLifecycle("reauthorizationRequired");
    await entra.waitUntilSent();
    assert.deepEqual(queued, [{ directory: "office", events: [], renew: true }]);
  });

  for (const [event, says] of [
    ["missed", /could not deliver notifications: the next sweep/],
    ["subscriptionRemoved", /removed the subscription: run doctor --setup-hooks/],
    ["somethingNew", /a lifecycle event that this version does not know/],
  ] as const) {
    test(`that tells of "${event}" goes to a person`, async (context) => {
      const { entra, hooks, target, queued, dead } = await startWorld(context);
      await hooks.apply(target, never);
      entra.tellLifecycle(event);
      await entra.waitUntilSent();
      assert.deepEqual(queued, []);
      assert.match(dead.join(), says);
    });
  }

  test("without a readable user is kept for a person, and the others go on", () => {
    const user = "11111111-2222-4333-8444-555555555555";
    const items = [
      { clientState: STATE, resource: "Users/not-an-id" },
      { clientState: STATE, resource: `users/${user.toUpperCase()}`, id: "n-1" },
      { clientState: STATE, resource: "Groups/x", resourceData: { id: user } },
      { clientState: STATE },
    ];
    const { events, broken } = reader.read("office", JSON.stringify({ value: items }));
    assert.deepEqual(
      events.map(({ subject }) => subject),
      [user, user],
    );
    assert.equal(events[0]?.id, "n-1");
    assert.equal(broken.length, 2);
  });
});
