/** The deployed report function, called as the bus calls it: everything lies beside the evidence, and a message says where. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { manifestHeads } from "../../lib/evidence/sweep-manifest.ts";
import { closeServer, listen } from "../loopback.ts";
import { startWorld, type World } from "../world.ts";

/** Speaks EventBridge's protocol, as far as the function does. */
const said: { DetailType: string; EventBusName: string; Source: string; Detail: string }[] = [];
const bus = createServer(async (request, response) => {
  const { Entries }: { Entries: typeof said } = JSON.parse(await text(request));
  said.push(...Entries);
  response.setHeader("content-type", "application/x-amz-json-1.1");
  response.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: "1" })) }));
});
let world: World;

before(async () => {
  world = await startWorld({ accounts: 40, pageSize: 10, mfaEnabledShare: 0.8 });
  Object.assign(process.env, {
    ...{ AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" },
    AWS_ENDPOINT_URL_DYNAMODB: world.endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: world.endpoints.s3,
    AWS_ENDPOINT_URL_EVENTBRIDGE: await listen(bus),
    MFA_WARDEN_TABLE: world.table,
    MFA_WARDEN_BUCKET: world.bucket,
    MFA_WARDEN_REPORTS: world.bucket,
    MFA_WARDEN_BUS: "the-bus",
  });
});

after(async () => {
  await closeServer(bus);
  await world.close();
});

const context = {
  invokedFunctionArn: "arn:aws:lambda:eu-west-1:270512345678:function:report",
  getRemainingTimeInMillis: () => 60_000,
};

async function call(detail: object): Promise<unknown> {
  const { handler }: { handler: unknown } = await import("../../functions/report.ts");
  assert.ok(typeof handler === "function");
  return handler({ source: "mfa-warden", "detail-type": "run.completed", detail }, context);
}

const files = [
  "report.html",
  "population.csv",
  "population.jsonl",
  "findings.ocsf.jsonl",
  "assessment-results.oscal.json",
  "findings.asff.jsonl",
  "junit.xml",
  "findings.sarif",
  "difference.json",
];

test("a run that is over gets its report in every format, and a message with a link that ends", async () => {
  const report = await world.sweep("enforce");
  const heads = manifestHeads(report);
  await call({ run: report.run, mode: "enforce", status: report.status, heads });
  for (const file of files) assert.ok((await world.evidence.get(`reports/${report.run}/${file}`)).byteLength > 0, file);
  const asff = new TextDecoder().decode(await world.evidence.get(`reports/${report.run}/findings.asff.jsonl`));
  assert.match(asff, /arn:aws:securityhub:eu-west-1:270512345678:/);

  const [message] = said;
  assert.deepEqual(
    [said.length, message?.DetailType, message?.EventBusName, message?.Source],
    [1, "report.completed", "the-bus", "mfa-warden"],
  );
  const { link, expires, ...rest } = JSON.parse(message?.Detail ?? "");
  assert.deepEqual(rest, { run: report.run, status: "completed", incomplete: [], heads });
  assert.ok(Number(new URL(link).searchParams.get("X-Amz-Expires")) <= 12 * 60 * 60);
  assert.ok(Date.parse(expires) <= Date.now() + 12 * 60 * 60_000);
  const page = await (await fetch(link)).text();
  assert.match(page, new RegExp(`<title>MFA audit report, run ${report.run}</title>`));
});

test("what changed since the run before lies beside it, and is on the page", async () => {
  const was = (await world.sweep("plan")).run;
  const { id } = world.vendor.account(3);
  world.vendor.change(id, { enabled: true, mfaEnabled: false, username: "<script>=1+1" });
  const report = await world.sweep("enforce");
  await call({ run: report.run, heads: manifestHeads(report) });
  const read = async (file: string) =>
    new TextDecoder().decode(await world.evidence.get(`reports/${report.run}/${file}`));
  const { comparedWith, violating } = JSON.parse(await read("difference.json"));
  assert.deepEqual([comparedWith[0].run, violating.count, violating.first[0].id], [was, 1, id]);
  const part = /id="difference"[\s\S]*?<\/section>/.exec(await read("report.html"))?.[0] ?? "";
  assert.match(part, /&lt;script&gt;=1\+1/);
});

test("a run that broke off is reported as what it is", async () => {
  world.vendor.setFault({ kind: "duplicate-page", on: "users", nth: 3 });
  const report = await world.sweep("enforce");
  world.vendor.clearFaults();
  said.length = 0;
  await call({ run: report.run, heads: manifestHeads(report) });
  const { status, incomplete } = JSON.parse(said[0]?.Detail ?? "");
  assert.equal(status, "incomplete");
  assert.ok(incomplete.length > 0);
});

test("nothing is said of a run whose evidence is not what it announced, of none, or of a strange event", async () => {
  const { run } = await world.sweep("plan");
  said.length = 0;
  const forged = [{ directory: "workforce", hash: "0".repeat(64) }];
  await assert.rejects(call({ run, heads: forged }), { code: "ERR_EVIDENCE_ALTERED" });
  await assert.rejects(call({ run: "01NEVER", heads: [] }), { code: "ERR_RUN_UNKNOWN" });
  await assert.rejects(call({ hello: "world" }), { code: "ERR_INPUT_INVALID" });
  assert.deepEqual(said, []);
  await assert.rejects(world.evidence.get(`reports/${run}/report.html`), { code: "ERR_EVIDENCE_UNAVAILABLE" });
});
