/** Notices by webhook: each is one signed request, which its receiver can check without us. */
import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { Notice } from "../../lib/model/index.ts";
import { composeNotice, webhookSender } from "../../lib/notice/index.ts";

const HMAC_KEY = "0123456789abcdef0123456789abcdef";
const signal = AbortSignal.timeout(60_000);

interface Call {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** As the documentation tells receivers to. */
function isOurs({ headers, body }: Call): boolean {
  const timestamp = String(headers["mfa-warden-timestamp"] ?? "");
  const expected = Buffer.from(`v1=${createHmac("sha256", HMAC_KEY).update(`${timestamp}.${body}`).digest("hex")}`);
  const given = Buffer.from(String(headers["mfa-warden-signature"] ?? ""));
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  return isRecent && given.length === expected.length && timingSafeEqual(given, expected);
}

async function withReceiver(
  status: number,
  body: (url: string, calls: readonly Call[]) => Promise<void>,
  headers: Readonly<Record<string, string>> = {},
) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    calls.push({ headers: request.headers, body: await text(request) });
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await body(`http://127.0.0.1:${port}/notices`, calls);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const senderTo = (url: string, value: unknown = { hmacKey: HMAC_KEY }) =>
  webhookSender({
    url,
    secret: "notices",
    secrets: { read: async () => ({ value, version: "1" }) },
    fetch,
    clock: Date.now,
  });

const DUE = "2026-12-05T13:00:00.000Z";
const noticeOf = (username = "jane@example.com", words?: { subject: string; text: string }): Notice =>
  composeNotice(
    { by: "folder", enrol: "https://enrol.example.com", ...(words ? { templates: { own: words } } : {}) },
    { notify: { beforeMs: 1, lastDay: false, ...(words ? { template: "own" } : {}) } },
    {
      kind: "first",
      directory: "workforce",
      account: { id: "u1", username, email: "jane@example.com" },
      at: "2026-11-28T13:00:00.000Z",
      due: DUE,
      timezone: "Europe/Berlin",
    },
  );

test("a notice is one request that its receiver can tell from a forged one", () =>
  withReceiver(204, async (url, calls) => {
    const notice = noticeOf();
    await senderTo(url).send(notice, signal);
    const [call, ...more] = calls;
    assert.ok(call);
    assert.deepEqual([more.length, isOurs(call)], [0, true]);
    assert.deepEqual(JSON.parse(call.body), { version: 1, ...notice });
    assert.equal(isOurs({ ...call, body: call.body.replace("jane", "joe") }), false);
    const later = { ...call.headers, "mfa-warden-timestamp": String(Number(call.headers["mfa-warden-timestamp"]) + 1) };
    assert.equal(isOurs({ ...call, headers: later }), false);
  }));

/** As https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md tells receivers to. */
function isStandard({ headers, body }: Call, key: Buffer): boolean {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  return isRecent && String(signatures).split(" ").includes(`v1,${expected}`);
}

for (const [what, hmacKey, key] of [
  ["as it is", HMAC_KEY, Buffer.from(HMAC_KEY)],
  ["in base64 behind whsec_", `whsec_${Buffer.alloc(32, 7).toString("base64")}`, Buffer.alloc(32, 7)],
] as const)
  test(`a receiver with a library of Standard Webhooks knows it, with a key ${what}`, () =>
    withReceiver(204, async (url, calls) => {
      const notice = noticeOf();
      await senderTo(url, { hmacKey }).send(notice, signal);
      const [call] = calls;
      assert.ok(call);
      assert.equal(call.headers["webhook-id"], notice.id);
      assert.equal(isStandard(call, key), true);
      assert.equal(isStandard({ ...call, body: call.body.replace("jane", "joe") }, key), false);
      assert.equal(isStandard({ ...call, headers: { ...call.headers, "webhook-id": "another" } }, key), false);
    }));

for (const [status, code] of [
  [400, "ERR_NOTICE_REJECTED"],
  [302, "ERR_NOTICE_REJECTED"],
  [429, "ERR_NOTICE_UNAVAILABLE"],
  [503, "ERR_NOTICE_UNAVAILABLE"],
] as const)
  test(`an answer of ${status} is ${code}, and nothing is sent again`, () =>
    withReceiver(
      status,
      async (url, calls) => {
        const error = await senderTo(url)
          .send(noticeOf(), signal)
          .catch((thrown: unknown) => thrown);
        assert.deepEqual([Object(error).code, calls.length], [code, 1]);
      },
      { location: "http://127.0.0.1:9/" },
    ));

test("a receiver that is not there is ERR_NOTICE_UNAVAILABLE, and its address is not told", async () => {
  const error = await senderTo("http://127.0.0.1:9/hidden")
    .send(noticeOf(), signal)
    .catch((thrown: unknown) => thrown);
  assert.deepEqual([Object(error).code, /hidden/.test(Object(error).message)], ["ERR_NOTICE_UNAVAILABLE", false]);
});

for (const value of [{}, { hmacKey: "short" }, "0123456789abcdef0123456789abcdef"])
  test(`the secret ${JSON.stringify(value)} is refused before anything is sent`, () =>
    withReceiver(204, async (url, calls) => {
      const error = await senderTo(url, value)
        .ready?.(signal)
        .catch((thrown: unknown) => thrown);
      assert.deepEqual([Object(error).code, calls.length], ["ERR_SECRET_INVALID", 0]);
    }));

test("what a vendor says becomes no line, no placeholder and no other reading direction", () => {
  const words = { subject: "Hello {user}", text: "{user} at {enrol}, {due}: {change}" };
  const { subject, text: written } = noticeOf("a\r\nBcc: all@example.com\u202e {enrol}", words);
  assert.equal(subject, "Hello a Bcc: all@example.com {enrol}");
  assert.match(
    written,
    /^a Bcc: all@example\.com \{enrol\} at https:\/\/enrol\.example\.com, 5 December 2026 at 14:00 \(Europe\/Berlin\): multi-factor/,
  );
});
