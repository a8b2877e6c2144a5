/** What may be relied on of the bucket, whichever S3 it lies in. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { s3Bucket } from "../../lib/aws/bucket.ts";
import type { Bucket } from "../../lib/model/index.ts";
import { LOCAL_AWS } from "./loopback.ts";
import { openStores, type Stores } from "./stores.ts";

const MIB = 1024 * 1024;
const JSON_TYPE = "application/json";
const bytesOf = (text: string) => new TextEncoder().encode(text);

let stores: Stores;
let bucket: Bucket;
before(async () => {
  stores = await openStores();
  bucket = s3Bucket(config(), stores.bucket, "memory");
});
after(() => stores.close());

const config = () => ({ ...LOCAL_AWS, endpoint: stores.address, forcePathStyle: true });
const readText = async (key: string) => new TextDecoder().decode(await bucket.get(key));

/** Asks S3 itself. */
async function ask<T>(work: (s3: S3Client) => Promise<T>): Promise<T> {
  const s3 = new S3Client(config());
  try {
    return await work(s3);
  } finally {
    s3.destroy();
  }
}

/** No two are alike, so that a part in a wrong place is found. */
function* mebibytes(count: number): Generator<Uint8Array> {
  for (let sent = 0; sent < count; sent++) yield new Uint8Array(MIB).fill(sent);
}

test("a file comes back as it was put, and putting it again replaces it", async () => {
  for (const content of ["{}", "", '{"é":"👩\\u0000"}']) {
    await bucket.put("runs/1/manifest.json", bytesOf(content), JSON_TYPE);
    assert.equal(await readText("runs/1/manifest.json"), content);
  }
});

test("names with whatever characters are kept apart", async () => {
  const keys = ["runs/a b", "runs/a+b", "runs/a%20b", "runs/é", "runs/a/../b", "runs/a?b=c#d", "runs/a&b"];
  for (const key of keys) await bucket.put(key, bytesOf(key), "text/plain");
  for (const key of keys) assert.equal(await readText(key), key);
});

test("a file that is not there is called missing, and a bucket that is not there is not", async () => {
  await assert.rejects(bucket.get("runs/nobody"), { code: "ERR_EVIDENCE_UNAVAILABLE", message: /is missing/ });
  const elsewhere = s3Bucket(config(), `${stores.bucket}-gone`, "memory");
  for (const call of [
    () => elsewhere.get("runs/1"),
    () => elsewhere.put("runs/1", bytesOf("{}"), JSON_TYPE),
    () => elsewhere.stream("report.html", ReadableStream.from(mebibytes(6)), "text/html"),
  ])
    await assert.rejects(call, { code: "ERR_EVIDENCE_UNAVAILABLE", message: /\(NoSuchBucket\)/ });
});

const writesOnCondition =
  process.env.MFA_WARDEN_TEST_AWS === undefined ? "fauxqs takes no notice of the header If-None-Match" : false;

test("of many who put a file that is named by its content, each is content with it, and the first stays", {
  skip: writesOnCondition,
}, async () => {
  const key = "policies/abc.json";
  const writers = Array.from({ length: 20 }, (_, n) => bucket.put(key, bytesOf(`${n}`), JSON_TYPE, true));
  await Promise.all(writers);
  const first = await readText(key);
  await bucket.put(key, bytesOf("later"), JSON_TYPE, true);
  assert.equal(await readText(key), first);
});

test("a large report comes in parts and is whole", async () => {
  await bucket.stream("reports/large", ReadableStream.from(mebibytes(12)), "text/html");
  const whole = await bucket.get("reports/large");
  assert.ok(Buffer.concat([...mebibytes(12)]).equals(whole));
});

test("a report whose reader fails leaves neither a file nor a part", async () => {
  async function* broken() {
    yield* mebibytes(11);
    throw new Error("the evidence cannot be read");
  }
  await assert.rejects(bucket.stream("reports/broken", broken(), "text/html"));
  const { Uploads = [] } = await ask((s3) => s3.send(new ListMultipartUploadsCommand({ Bucket: stores.bucket })));
  const { Contents = [] } = await ask((s3) =>
    s3.send(new ListObjectsV2Command({ Bucket: stores.bucket, Prefix: "reports/broken" })),
  );
  assert.deepEqual([Uploads, Contents], [[], []]);
});

test("a link gives the file to who has it, with its type", async () => {
  await bucket.put("reports/page.html", bytesOf("<!doctype html>"), "text/html");
  const answer = await fetch(await bucket.link("reports/page.html", 60));
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "text/html"]);
  assert.equal(await answer.text(), "<!doctype html>");
  const gone = await fetch(await bucket.link("reports/nobody.html", 60));
  assert.equal(gone.status, 404);
  await gone.text();
});
