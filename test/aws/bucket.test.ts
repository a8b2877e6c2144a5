/** What may be relied on of the bucket: a missing file is called missing, and a failed clean-up never hides why it was needed. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { s3Bucket } from "../../lib/aws/bucket.ts";
import { WardenError } from "../../lib/errors.ts";
import { startServer } from "../loopback.ts";
import { LOCAL_AWS } from "./loopback.ts";

const MIB = 1024 * 1024;
const UPLOAD = "<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>";

const errorXml = (code: string) => `<Error><Code>${code}</Code><Message>secret body</Message></Error>`;

/** An S3 that takes parts, as long as `refuses` does not name a code for a request. Answers the requests it got, too. */
async function startBucket(context: TestContext, refuses: (request: string) => string | undefined) {
  const requests: string[] = [];
  const endpoint = await startServer(context, async (request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://bucket");
    for await (const _ of request);
    const kind = searchParams.has("partNumber") ? "part" : searchParams.has("uploads") ? "begin" : "whole";
    const name = `${request.method} ${kind}`;
    requests.push(name);
    const code = refuses(name);
    if (code === undefined) response.writeHead(200, { etag: '"1"' }).end(kind === "begin" ? UPLOAD : "");
    else response.writeHead(code === "NoSuchKey" ? 404 : 403).end(errorXml(code));
  });
  const config = { ...LOCAL_AWS, endpoint, forcePathStyle: true, maxAttempts: 1 };
  return { bucket: s3Bucket(config, "bucket", "memory"), requests };
}

async function* mebibytes(count: number, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < count; sent++) yield new Uint8Array(MIB);
  if (failure) throw failure;
}

test("a file that is not there is called missing", async (context) => {
  const { bucket } = await startBucket(context, () => "NoSuchKey");
  await assert.rejects(bucket.get("runs/1/manifest.json"), {
    code: "ERR_EVIDENCE_UNAVAILABLE",
    message: /The evidence file runs\/1\/manifest\.json is missing from the bucket/,
  });
});

test("a file that is named by its content is put where none is, and is the same where one is", async (context) => {
  const conditions: (string | undefined)[] = [];
  let answers: number[] = [];
  const endpoint = await startServer(context, async (request, response) => {
    for await (const _ of request);
    conditions.push(request.headers["if-none-match"]);
    const answer = answers.shift() ?? 200;
    const code = answer === 412 ? "PreconditionFailed" : "ConditionalRequestConflict";
    response.writeHead(answer).end(answer === 200 ? "" : errorXml(code));
  });
  const bucket = s3Bucket({ ...LOCAL_AWS, endpoint, forcePathStyle: true, maxAttempts: 1 }, "bucket", "memory");
  const bytes = new TextEncoder().encode("{}");
  for (answers of [[200], [412], [409, 200], [409, 412]])
    await bucket.put("policies/1.json", bytes, "application/json", true);
  assert.deepEqual(conditions.splice(0), ["*", "*", "*", "*", "*", "*"]);
  answers = [409, 409];
  await assert.rejects(bucket.put("policies/1.json", bytes, "application/json", true), {
    code: "ERR_EVIDENCE_UNAVAILABLE",
    message: /ConditionalRequestConflict/,
  });
  await bucket.put("runs/1/manifest.json", bytes, "application/json");
  assert.equal(conditions.at(-1), undefined);
});

test("a part that is refused is told, also where the parts before it cannot be taken away", async (context) => {
  for (const cleanUp of [undefined, "SlowDown"]) {
    const refusals: Record<string, string | undefined> = { "PUT part": "AccessDenied", "DELETE whole": cleanUp };
    const { bucket, requests } = await startBucket(context, (request) => refusals[request]);
    await assert.rejects(bucket.stream("report.html", mebibytes(11), "text/html"), {
      code: "ERR_EVIDENCE_UNAVAILABLE",
      message: /report\.html could not be written \(AccessDenied\)/,
    });
    assert.ok(requests.includes("DELETE whole"), "what was sent is taken away");
  }
});

test("what the reader of the evidence found wrong is told, also where the parts cannot be taken away", async (context) => {
  const { bucket, requests } = await startBucket(context, (request) =>
    request === "DELETE whole" ? "AccessDenied" : undefined,
  );
  const altered = new WardenError("ERR_EVIDENCE_ALTERED", "A page was altered.");
  await assert.rejects(bucket.stream("report.html", mebibytes(11, altered), "text/html"), {
    code: "ERR_EVIDENCE_ALTERED",
  });
  assert.ok(requests.includes("DELETE whole"));
});

test("a bucket that cannot be reached before anything was sent is told, and nothing is taken away", async (context) => {
  const { bucket, requests } = await startBucket(context, (request) =>
    request === "POST begin" ? "SlowDown" : undefined,
  );
  await assert.rejects(bucket.stream("report.html", mebibytes(11), "text/html"), { message: /\(SlowDown\)/ });
  assert.deepEqual(requests, ["POST begin"]);
});
