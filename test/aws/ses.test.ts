/** Notices by e-mail: the one call of SES, as its documentation says, signed as AWS's own examples are. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { sesSender } from "../../lib/aws/ses.ts";
import { signRequest } from "../../lib/aws/sign-request.ts";
import type { Notice } from "../../lib/model/index.ts";
import { composeTestNotice } from "../../lib/notice/index.ts";
import { LOCAL_AWS } from "./loopback.ts";

const signal = AbortSignal.timeout(60_000);
const notice = (email?: string): Notice => ({
  id: "1",
  kind: "first",
  directory: "workforce",
  account: { id: "u1", username: "jane", ...(email === undefined ? {} : { email }) },
  subject: "MFA for jane",
  text: "Hello",
  due: "2026-12-05T13:00:00.000Z",
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-test-suite.html
test("signs the request get-vanilla of AWS's test suite as AWS does", () => {
  const { authorization } = signRequest(
    { method: "GET", url: new URL("https://example.amazonaws.com/"), headers: {}, body: "" },
    {
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
      region: "us-east-1",
      service: "service",
      at: Date.UTC(2015, 7, 30, 12, 36),
    },
  );
  assert.equal(
    authorization,
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  );
});

interface Call {
  readonly line: string;
  readonly authorization: string;
  readonly body: string;
}

const sendTo = (email: string | undefined, status = 200, errorType = "") =>
  sendNotice(notice(email), status, errorType);

async function sendNotice(sent: Notice, status = 200, errorType = "") {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const { authorization = "" } = request.headers;
    calls.push({ line: `${request.method} ${request.url}`, authorization, body: await text(request) });
    response.writeHead(status, { "x-amzn-errortype": errorType }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sender = sesSender(LOCAL_AWS, { from: "security@example.com", clock: Date.now, endpoint });
  const error = await sender.send(sent, signal).catch((thrown: unknown) => thrown);
  server.closeAllConnections();
  server.close();
  return { calls, code: Object(error ?? {}).code };
}

test("a notice is one call of SendEmail, to one address, as plain text", async () => {
  const { calls, code } = await sendTo("jane@example.com");
  assert.deepEqual([calls.length, code], [1, undefined]);
  const [call] = calls;
  assert.ok(call);
  assert.equal(call.line, "POST /v2/email/outbound-emails");
  assert.match(
    call.authorization,
    /^AWS4-HMAC-SHA256 Credential=\S+\/\d{8}\/\S+\/ses\/aws4_request, SignedHeaders=content-type;host;x-amz-date/,
  );
  assert.deepEqual(JSON.parse(call.body), {
    FromEmailAddress: "security@example.com",
    Destination: { ToAddresses: ["jane@example.com"] },
    Content: {
      Simple: {
        Subject: { Data: "MFA for jane", Charset: "UTF-8" },
        Body: { Text: { Data: "Hello", Charset: "UTF-8" } },
      },
    },
  });
});

test("what a team is told goes to all its addresses, in one message", async () => {
  const to = ["iam@example.com", "ciso@example.com"];
  const { calls } = await sendNotice(composeTestNotice("1", to));
  const [body] = calls.map((call) => JSON.parse(call.body));
  assert.deepEqual([calls.length, body.Destination.ToAddresses], [1, to]);
  assert.match(body.Content.Simple.Body.Text.Data, /^Hello,\n\nThis is a test/);
});

for (const email of [
  undefined,
  "",
  "jane",
  "a@example.com, b@example.com",
  "a@example.com\r\nBcc: b@example.com",
  "J <a@example.com>",
])
  test(`${JSON.stringify(email)} is no address to write to, and nobody is asked`, async () => {
    assert.deepEqual(await sendTo(email), { calls: [], code: "ERR_NOTICE_REJECTED" });
  });

for (const [status, errorType, expected] of [
  [400, "MessageRejected", "ERR_NOTICE_REJECTED"],
  [400, "SendingPausedException:http://internal/", "ERR_NOTICE_UNAVAILABLE"],
  [403, "AccessDeniedException", "ERR_NOTICE_UNAVAILABLE"],
  [429, "TooManyRequestsException", "ERR_NOTICE_UNAVAILABLE"],
  [500, "", "ERR_NOTICE_UNAVAILABLE"],
] as const)
  test(`${status} ${errorType} is ${expected}, and nothing is sent again`, async () => {
    const { calls, code } = await sendTo("jane@example.com", status, errorType);
    assert.deepEqual([calls.length, code], [1, expected]);
  });
