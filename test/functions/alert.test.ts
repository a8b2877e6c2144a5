/** What reaches a chat of alarms and of our own messages, over real HTTP and Secrets Manager's real protocol. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, mock, test } from "node:test";
import { WardenError } from "../../lib/errors.ts";
import { RUN_STATUSES } from "../../lib/model/index.ts";
import { ALARMS, alertText } from "../../lib/notify/alert-text.ts";
import { closeServer, listen } from "../loopback.ts";

const SECRET_PATH = "/services/T000/B000/canary-of-the-webhook";
const SECRET_URL = `https://chat.example.com${SECRET_PATH}`;

const alarm = (more: object = {}) =>
  JSON.stringify({
    AlarmName: "mfa-warden-production-sweep-incomplete",
    AlarmDescription: null,
    AWSAccountId: "123456789012",
    NewStateValue: "ALARM",
    NewStateReason: "Threshold Crossed: 1 datapoint was greater than the threshold (0.0).",
    StateChangeTime: "2026-11-22T03:10:00.000+0000",
    Region: "US East (N. Virginia)",
    OldStateValue: "OK",
    Trigger: { MetricName: "incomplete", Dimensions: [{ name: "directory", value: "workforce" }] },
    ...more,
  });
const event = (...messages: string[]) => ({
  Records: messages.map((Message) => ({ EventSource: "aws:sns", Sns: { Type: "Notification", Message } })),
});
const notice = (detail: object, type = "run.completed") => JSON.stringify({ "detail-type": type, detail });

describe("the text for a chat", () => {
  test("says what happened, where, why, and which entry of the runbook to read", () => {
    assert.equal(
      alertText("production", alarm()),
      [
        "mfa-warden production: a sweep is incomplete (since now)",
        "what to do: docs/runbook.md, sweep-incomplete",
        "directory workforce",
        "alarm mfa-warden-production-sweep-incomplete 2026-11-22T03:10:00.000+0000",
        "Threshold Crossed: 1 datapoint was greater than the threshold (0.0).",
      ].join("\n"),
    );
  });

  for (const [entry, what] of Object.entries(ALARMS))
    test(`knows the alarm ${entry}, and that it may be over or without data`, () => {
      const of = (NewStateValue: string, name = `mfa-warden-staging-throttles-${entry}`) =>
        alertText("staging", alarm({ AlarmName: name, NewStateValue }));
      assert.match(of("ALARM"), new RegExp(`staging: ${what} .since now.\n.*runbook.md, ${entry}\n`));
      assert.match(of("OK"), /\(over\)/);
      assert.match(of("INSUFFICIENT_DATA"), /no data/);
    });

  test("tells of an alarm and of a message that it does not know", () => {
    assert.match(
      alertText("production", alarm({ AlarmName: "throttles-of-somebody" })),
      /: an alarm \(since now\)\n[\s\S]*alarm throttles-of-somebody/,
    );
    for (const strange of ["", "hello", "[]", "null", '{"detail-type":7}'])
      assert.match(alertText("production", strange), /a message of an unknown form/);
    assert.doesNotMatch(alertText("production", notice({ run: "1", status: "constructor" })), /what to do/);
  });

  const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  const heads = [{ directory: "workforce", hash: HASH }];
  test("tells of a run that did not complete, with what to do and the heads of its chains", () => {
    assert.equal(
      alertText("production", notice({ run: "01M81", mode: "enforce", status: "incomplete", heads })),
      [
        "mfa-warden production: run.completed incomplete",
        "what to do: docs/runbook.md, sweep-incomplete",
        "run 01M81",
        `head workforce ${HASH}`,
      ].join("\n"),
    );
    for (const status of RUN_STATUSES)
      assert.equal(/what to do/.test(alertText("production", notice({ run: "1", status }))), status !== "completed");
  });

  test("tells of a report, and not its link, which anybody could open", () => {
    const link = "https://bucket.s3.amazonaws.com/reports/01M81/report.html?X-Amz-Signature=canary";
    const expires = "2026-11-22T15:00:00.000Z";
    const incomplete = ["Directory partners was not read whole."];
    const text = alertText(
      "production",
      notice({ run: "01M81", status: "completed", heads, link, expires, incomplete }, "report.completed"),
    );
    assert.match(text, /: report\.completed completed\nrun 01M81\nDirectory partners was not read whole\.\nhead work/);
    assert.doesNotMatch(text, /canary|amazonaws/);
  });

  const hostile =
    "<!channel> @channel @here [go](https://evil.example) & <https://evil.example|log in>\n\u202Eyo\u0000";
  test("lets nothing from outside call somebody, make a link or begin a line", () => {
    const texts = [
      alarm({ NewStateReason: hostile, AlarmName: hostile, StateChangeTime: hostile }),
      alarm({ Trigger: { Dimensions: [{ name: "directory", value: hostile }] } }),
      notice({ run: hostile, status: hostile, incomplete: [hostile] }, hostile),
      notice({ run: hostile, heads: [{ directory: hostile, hash: hostile }] }),
      hostile,
    ].map((message) => alertText(hostile, message));
    for (const made of texts) {
      assert.match(made, /&lt;!channel&gt;/);
      assert.match(made, /&amp;/);
      assert.doesNotMatch(made, /[<>]|@[a-z]|\]\(|:\/\/|\u202E|\0|\nyo/);
    }
  });

  test("is never longer than 3,000 characters, whatever comes", () => {
    const long = "😀@".repeat(300);
    const many = Array.from({ length: 500 }, () => long);
    const texts = [alarm({ NewStateReason: long }), long, notice({ run: "1", status: "failed", incomplete: many })];
    for (const made of texts.map((message) => alertText("production", message))) {
      assert.ok([...made].length <= 3_000);
      assert.ok(made.isWellFormed());
    }
    const short = notice({
      run: "1",
      status: "failed",
      heads: many.map((_, n) => ({ directory: `d${n}`, hash: HASH })),
    });
    assert.match(alertText("production", short), /and 490 more heads/);
  });
});

type Alert = typeof import("../../functions/alert.ts");

describe("the alert function", () => {
  const seen: { path: string; type: string | undefined; body: string }[] = [];
  let status = 200;
  let silent = false;
  const chat = createServer(async (request, response) => {
    seen.push({ path: request.url ?? "", type: request.headers["content-type"], body: await text(request) });
    if (!silent) response.writeHead(status, { location: "/elsewhere" }).end("ok");
  });
  let stored: string | undefined;
  let asked = "";
  const manager = createServer(async (request, response) => {
    asked = JSON.parse(await text(request)).SecretId;
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (stored === undefined) response.writeHead(400).end(JSON.stringify({ __type: "ResourceNotFoundException" }));
    else response.end(JSON.stringify({ SecretString: stored }));
  });

  let alert: Alert;
  let loopback = "";
  const lines: string[] = [];
  const signal = new AbortController().signal;
  /** As Lambda's network would, but to this machine: the address is https and goes through every check. */
  const reroute: typeof fetch = (url, init) => fetch(loopback + new URL(String(url)).pathname, init);

  before(async () => {
    loopback = await listen(chat);
    Object.assign(process.env, {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_MAX_ATTEMPTS: "1",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: await listen(manager),
      MFA_WARDEN_SECRETS: "warden/",
      MFA_WARDEN_CHAT_SECRET: "chat/alarms",
      MFA_WARDEN_STAGE: "production",
    });
    alert = await import("../../functions/alert.ts");
    for (const method of ["log", "error", "warn", "info"] as const)
      mock.method(console, method, (...said: unknown[]) => lines.push(said.join(" ")));
  });
  beforeEach(() => {
    seen.length = 0;
    lines.length = 0;
    status = 200;
    silent = false;
    stored = JSON.stringify({ url: SECRET_URL });
  });
  after(() => {
    mock.restoreAll();
    return Promise.all([closeServer(chat), closeServer(manager)]);
  });

  const send = async (messages: string[] = [alarm()], abort = signal) => {
    const { storedSecrets } = await import("../../lib/aws/secrets.ts");
    const ports = { secrets: storedSecrets({}, "warden/"), secret: "chat/alarms", stage: "production", fetch: reroute };
    return alert.alerter(ports)(event(...messages), abort);
  };
  const failing = (code: string, pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof WardenError);
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    const everything = [error.message, error.stack, JSON.stringify(error), String(error.cause), ...lines].join(" ");
    assert.doesNotMatch(everything, /canary|chat\.example|127\.0\.0\.1/);
    return true;
  };

  test("posts each message as Slack's webhooks take it, to the address in the secret that the policy names", async () => {
    await send([alarm(), alarm({ NewStateValue: "OK" })]);
    assert.equal(asked, "warden/chat/alarms");
    assert.deepEqual(
      seen.map(({ path, type }) => [path, type]),
      Array(2).fill([SECRET_PATH, "application/json"]),
    );
    assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), { text: alertText("production", alarm()) });
    assert.deepEqual(lines, []);
  });

  for (const refused of [400, 404, 410, 429, 500, 503])
    test(`fails when the chat answers ${refused}, so that Lambda tries again`, async () => {
      status = refused;
      await assert.rejects(send(), failing("ERR_CHAT_UNAVAILABLE", new RegExp(`answered ${refused}`)));
    });

  test("follows no redirect", async () => {
    status = 307;
    await assert.rejects(send(), failing("ERR_CHAT_UNAVAILABLE", /redirect/));
    assert.equal(seen.length, 1);
  });

  test("waits no longer than it may", async () => {
    silent = true;
    const abort = new AbortController();
    const sending = send([alarm()], abort.signal);
    await once(chat, "request");
    abort.abort();
    await assert.rejects(sending, failing("ERR_CHAT_UNAVAILABLE", /in time/));
  });

  test("fails when nobody listens there", async () => {
    const there = loopback;
    loopback = "http://127.0.0.1:1";
    await assert.rejects(send(), failing("ERR_CHAT_UNAVAILABLE", /cannot be reached/));
    loopback = there;
  });

  for (const [what, value] of Object.entries({
    "plain http": { url: `http://chat.example.com${SECRET_PATH}` },
    loopback: { url: `http://127.0.0.1${SECRET_PATH}` },
    "a login in the address": { url: `https://canary:x@chat.example.com${SECRET_PATH}` },
    "another scheme": { url: "file:///canary" },
    "no address": { url: "canary" },
    "another shape": { address: SECRET_URL },
    "a bare text": SECRET_URL,
  }))
    test(`sends nothing when the secret holds ${what}`, async () => {
      stored = JSON.stringify(value);
      await assert.rejects(send(), failing("ERR_SECRET_INVALID", /must be \{ "url"/));
      assert.deepEqual(seen, []);
    });

  test("says so when the secret is missing or no JSON", async () => {
    stored = SECRET_URL;
    await assert.rejects(send(), failing("ERR_SECRET_INVALID", /is not JSON/));
    stored = undefined;
    await assert.rejects(send(), failing("ERR_SECRET_MISSING", /warden\/chat\/alarms/));
  });

  test("as Lambda calls it, reads its secret, refuses what is no event of a topic, and never speaks plain http", async () => {
    const context = { getRemainingTimeInMillis: () => 10_000 };
    const call: (event: unknown, context: object) => Promise<unknown> = alert.handler as never;
    await assert.rejects(call({ Records: [{ canary: 1 }] }, context), failing("ERR_INPUT_INVALID", /SNS/));
    stored = JSON.stringify({ url: `${loopback}${SECRET_PATH}` });
    await assert.rejects(call(event(alarm()), context), failing("ERR_SECRET_INVALID", /https/));
    assert.deepEqual(seen, []);
  });
});
