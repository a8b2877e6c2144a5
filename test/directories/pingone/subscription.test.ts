/** How the subscription that sends us events is found, compared, made and repaired. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { WebhookTarget } from "../../../lib/model/index.ts";
import type { PingOne } from "../../../simulators/pingone/index.ts";
import { changesIn, never } from "../tenant.ts";
import { accessTo, openPingOne, start as startEnvironment } from "./environment.ts";

const target: WebhookTarget = { url: "https://hooks.example.com/hooks/workforce", header: "Bearer hook-canary" };

async function start(context: TestContext) {
  const world = await startEnvironment(context);
  const { plan, apply } = world.directory.hooks ?? assert.fail("no hooks");
  return {
    pingone: world.pingone,
    plan: () => plan(target, never),
    apply: (wanted = target) => apply(wanted, never),
  };
}

const writes = ({ calls }: PingOne) => changesIn(calls).map(({ method }) => method);

describe("the subscription", () => {
  test("is missing, then made as wanted, then right; looking changes nothing", async (context) => {
    const { pingone, plan, apply } = await start(context);
    assert.equal((await plan()).state, "missing");
    assert.deepEqual(writes(pingone), []);
    await apply();
    assert.deepEqual(await plan(), { state: "right", detail: 'The subscription "mfa-warden workforce" is as wanted.' });
    const [made] = pingone.subscriptions();
    const { id, createdAt, updatedAt, filterOptions, ...rest } = made ?? assert.fail("none was made");
    assert.deepEqual(rest, {
      name: "mfa-warden workforce",
      enabled: true,
      protocol: "HTTPS",
      format: "ACTIVITY",
      httpEndpoint: { url: target.url, headers: { authorization: target.header } },
      verifyTlsCertificates: true,
    });
    for (const type of ["USER.CREATED", "USER.UPDATED", "USER.DELETED", "DEVICE.DELETED", "MEMBER_OF_GROUP.DELETED"])
      assert.ok(filterOptions.includedActionTypes.includes(type), type);
    assert.deepEqual(writes(pingone), ["POST"]);
  });

  test("is repaired where it is, with the subscriptions of others left alone", async (context) => {
    const { pingone, plan, apply } = await start(context);
    await apply();
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    const key = { id: "6b1a9f4c-2d1e-4c58-9a57-0c3c5c0f8e21" };
    Object.assign(ours, { enabled: false, tlsClientAuthKeyPair: key });
    assert.equal((await plan()).state, "different");
    await apply();
    assert.equal((await plan()).state, "right");
    const [repaired, ...others] = pingone.subscriptions();
    assert.deepEqual([repaired?.id, others, writes(pingone)], [ours.id, [], ["POST", "PUT"]]);
    assert.deepEqual((repaired as { tlsClientAuthKeyPair?: unknown }).tlsClientAuthKeyPair, key);
  });

  const changes: readonly [RegExp, object][] = [
    [/not enabled/, { enabled: false }],
    [/protocol/, { protocol: "TCP_IP" }],
    [/format/, { format: "SPLUNK" }],
    [/another address/, { httpEndpoint: { url: "https://evil.example", headers: { authorization: target.header } } }],
    [/another value/, { httpEndpoint: { url: target.url, headers: { Authorization: "Bearer other-canary" } } }],
    [/headers are others/, { httpEndpoint: { url: target.url, headers: { "x-key": target.header } } }],
    [/headers are others/, { httpEndpoint: { url: target.url, headers: { authorization: target.header, b: "c" } } }],
    [/cannot be compared/, { httpEndpoint: { url: target.url, headers: { authorization: "******" } } }],
    [/cannot be compared/, { httpEndpoint: { url: target.url } }],
    [/certificates/, { verifyTlsCertificates: false }],
    [/leaves out USER.DELETED, /, { filterOptions: { includedActionTypes: ["USER.CREATED", "USER.UPDATED"] } }],
    [/payload/, { payloadOptions: { maximumPayloadLimit: { type: "KB_PER_PAYLOAD", size: 4 } } }],
    [/payload/, { payloadOptions: { payloadFormat: { https: { format: "ND_JSON" } } } }],
    [/payload/, { payloadOptions: { payloadFormat: "JSON_ARRAY" } }],
  ];
  for (const [expected, change] of changes) {
    test(`that has ${JSON.stringify(change).slice(0, 90)} is different, and no header is told`, async (context) => {
      const { pingone, plan, apply } = await start(context);
      await apply();
      Object.assign(pingone.subscriptions()[0] ?? {}, change);
      const { state, detail } = await plan();
      assert.equal(state, "different");
      assert.match(detail, expected);
      assert.ok(!detail.includes("canary") && !detail.includes("evil"), detail);
    });
  }

  test("that is narrowed to a population is different; one that hears more or leaves out defaults is right", async (context) => {
    const { pingone, plan, apply } = await start(context);
    await apply();
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    ours.filterOptions.includedActionTypes.push("PASSWORD.RESET");
    Object.assign(ours, { protocol: undefined, payloadOptions: undefined });
    Object.assign(ours.filterOptions, { includedPopulations: [], ipAddressExposed: false });
    assert.equal((await plan()).state, "right");
    ours.filterOptions.includedPopulations = [{ id: pingone.populations[0]?.id ?? "" }];
    assert.match((await plan()).detail, /narrowed/);
  });

  for (const payloadOptions of [
    null,
    {},
    { maximumPayloadLimit: null, payloadFormat: { https: null } },
    { maximumPayloadLimit: { size: "500" }, payloadFormat: {} },
    {
      maximumPayloadLimit: { type: "EVENTS_PER_PAYLOAD", size: 500 },
      payloadFormat: { https: { format: "JSON_ARRAY", prettyPrint: false }, tcp: { format: "JSON_DOC" } },
    },
  ]) {
    test(`with the payload options ${JSON.stringify(payloadOptions)} is right, since they are the defaults`, async (context) => {
      const { pingone, plan, apply } = await start(context);
      await apply();
      Object.assign(pingone.subscriptions()[0] ?? {}, { payloadOptions });
      assert.equal((await plan()).state, "right");
    });
  }

  test("without the permission names the role that is missing, and no secret", async (context) => {
    const { pingone, plan, apply } = await start(context);
    pingone.setFault({ kind: "error", status: 403, on: "subscriptions" });
    for (const work of [plan, apply]) {
      await assert.rejects(work(), (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_VENDOR_DENIED");
        assert.match(error.message, /Environment Admin/);
        assert.ok(!error.message.includes("canary") && !error.message.includes("Identity Data Admin"));
        return true;
      });
    }
  });

  test("is not made beside fifty others, nor to an address that is not https", async (context) => {
    const { pingone, apply } = await start(context);
    for (const url of ["http://hooks.example.com/x", "ftp://hooks.example.com", "https://user@hooks.example.com", "x"])
      await assert.rejects(apply({ ...target, url }), { code: "ERR_INPUT_INVALID" });
    await apply({ ...target, url: "http://127.0.0.1:9/hooks/workforce" });
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    for (let n = 0; n < 49; n += 1) {
      const directory = openPingOne({ id: `other-${n}`, ...accessTo(pingone) });
      await directory.hooks?.apply(target, never);
    }
    ours.name = "somebody else's";
    await assert.rejects(apply(), { code: "ERR_VENDOR_REJECTED", message: /50 subscriptions/ });
  });

  test("is asked for once: a fault of the vendor may have come after it was made", async (context) => {
    const { pingone, apply } = await start(context);
    pingone.setFault({ kind: "error", status: 503, on: "subscriptions", method: "POST" });
    await assert.rejects(apply(), { code: "ERR_VENDOR_UNAVAILABLE" });
    assert.deepEqual(writes(pingone), ["POST"]);
  });

  test("that exists twice is for a person to decide", async (context) => {
    const { pingone, plan, apply } = await start(context);
    await apply();
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    ours.name = "aside";
    await apply();
    ours.name = "mfa-warden workforce";
    await assert.rejects(plan(), { code: "ERR_VENDOR_REJECTED" });
    await assert.rejects(apply(), { code: "ERR_VENDOR_REJECTED" });
  });
});
