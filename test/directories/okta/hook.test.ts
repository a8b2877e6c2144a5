/** Event hooks: made and verified through the API, and read as people to look at. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { vendors } from "../../../lib/directories/index.ts";
import { changesIn, never } from "../tenant.ts";
import { start } from "./org.ts";

const reader = vendors.okta?.hooks ?? assert.fail();
const header = "Bearer a-long-enough-secret";

/** Takes what the reader takes; answers its address and the bodies that came. */
async function startReceiver(context: TestContext, answers = true): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const headers = request.headers as Record<string, string>;
    const handshake = answers ? reader.handshake?.({ method: request.method ?? "", headers, query: "" }) : undefined;
    if (handshake) return void response.setHeader("content-type", handshake.contentType).end(handshake.body);
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    response.statusCode = headers.authorization === header ? 204 : 401;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => void server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  return { url: `http://127.0.0.1:${address.port}/hooks/workforce`, bodies };
}

describe("an event hook", () => {
  test("is made, verified and made again without harm, and then sends whom to look at", async (context) => {
    const { okta, directory } = await start(context);
    const { url, bodies } = await startReceiver(context);
    assert.equal((await directory.hooks?.plan({ url, header }, never))?.state, "missing");
    assert.deepEqual(changesIn(okta.calls), []);
    await directory.hooks?.apply({ url, header }, never);
    await directory.hooks?.apply({ url, header }, never);
    assert.deepEqual(
      okta.hooks.map(({ uri, status, verificationStatus }) => [uri, status, verificationStatus]),
      [[url, "ACTIVE", "VERIFIED"]],
    );
    const plan = await directory.hooks?.plan({ url, header }, never);
    assert.match(plan?.detail ?? "", /^The event hook: the value of its header cannot be compared/);
    assert.ok(!JSON.stringify(plan).includes(header));
    okta.unregister(okta.user(4).id, "push");
    await okta.waitUntilSent();
    const [event] = reader.read("workforce", bodies[0] ?? "").events;
    assert.equal(event?.subject, okta.user(4).id);
    assert.deepEqual(
      okta.deliveries.map(({ status }) => status),
      [204],
    );
  });

  test("is refused with advice where the address does not answer the question", async (context) => {
    const { directory } = await start(context);
    const { url } = await startReceiver(context, false);
    await assert.rejects(async () => directory.hooks?.apply({ url, header }, never), {
      code: "ERR_VENDOR_REJECTED",
      message: /could not verify the address/,
    });
  });
});

describe("the reader of event hooks", () => {
  const line = (event: object) => ({ uuid: "u-1", eventType: "user.mfa.factor.deactivate", ...event });
  const body = (...events: object[]) => JSON.stringify({ data: { events } });
  const target = [{ type: "User", id: "00u00000000000000001" }];

  test("answers only the question, and gives it back as it came", () => {
    const headers = { "x-okta-verification-challenge": 'a"b' };
    assert.deepEqual(reader.handshake?.({ method: "GET", headers, query: "" }), {
      contentType: "application/json",
      body: '{"verification":"a\\"b"}',
    });
    assert.equal(reader.handshake?.({ method: "POST", headers, query: "" }), undefined);
    assert.equal(reader.handshake?.({ method: "GET", headers: {}, query: "" }), undefined);
  });

  test("gives each of several people an id of its own", () => {
    const both = [
      ...target,
      { type: "User", id: "00u00000000000000002" },
      { type: "UserGroup", id: "00g00000000000000001" },
    ];
    assert.deepEqual(
      reader.read("workforce", body(line({ target: both }))).events.map(({ id }) => id),
      ["u-1:00u00000000000000001", "u-1:00u00000000000000002"],
    );
  });

  test("never throws, and tells what it could not read", () => {
    for (const broken of [
      "",
      "[]",
      "{}",
      '{"data":{"events":[1,null]}}',
      body(line({})),
      body(line({ target: [{ type: "User", id: "x/../y" }] })),
    ]) {
      const contents = reader.read("workforce", broken);
      assert.deepEqual(contents.events, []);
      assert.ok(contents.broken.length > 0);
    }
    assert.equal(reader.read("workforce", body({ uuid: "u-2", eventType: "policy.lifecycle.update" })).ignored, 1);
  });
});
