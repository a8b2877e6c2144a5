/** A bucket is found behind an endpoint of one's own, also where that is a host name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketAddressing } from "../../functions/environment.ts";
import { s3Bucket } from "../../lib/aws/bucket.ts";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { startServer } from "../loopback.ts";

test("a bucket stands in the path where either of AWS's own variables sets an endpoint", async (context) => {
  const asked: string[] = [];
  const address = await startServer(context, ({ url, headers }, response) => {
    asked.push(`${headers.host?.replace(/:.*/, "")} ${url?.replace(/\?.*/, "")}`);
    response.end("{}");
  });
  // By its number an endpoint would always do.
  const endpoint = address.replace("127.0.0.1", "localhost");
  for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]) {
    const config = { ...LOCAL_AWS, endpoint, maxAttempts: 1, ...bucketAddressing({ [name]: endpoint }) };
    await s3Bucket(config, "evidence", "memory").get("runs/1/manifest.json");
  }
  assert.deepEqual(asked, Array(2).fill("localhost /evidence/runs/1/manifest.json"));
});

test("AWS itself is addressed as AWS wants it", () => {
  assert.deepEqual(bucketAddressing({ AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL_S3: "" }), {});
});
