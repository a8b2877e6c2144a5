/** With --aws a decision is signed by whoever decides and sent to the deployed API; nothing is decided on the table itself. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, beforeEach, test } from "node:test";
import { callerArn } from "../../lib/aws/caller.ts";
import { type LoopbackServer, openServer } from "../loopback.ts";
import { wardenWith } from "./workspace.ts";

const KEY = { id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", region: "eu-central-1" };
const RUN = "01J00000000000000000000000";
const HASH = "ab".repeat(32);

let folder: string;
let api: LoopbackServer;
const seen: { body: unknown; isSigned: boolean }[] = [];
let answer: { status: number; body: string };

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "warden-approve-"));
  api = await openServer(async (request, response) => {
    const body = (await buffer(request)).toString("utf8");
    seen.push({ body: body.startsWith("{") ? JSON.parse(body) : body, isSigned: isSigned(request, body) });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
});
after(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  seen.length = 0;
  answer = { status: 200, body: JSON.stringify({ run: RUN, plans: { workforce: HASH } }) };
});

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** By AWS's own description of Signature Version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned({ method, url, headers }: IncomingMessage, body: string): boolean {
  const scheme = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, credential = "", names = "", signature] = scheme.exec(headers.authorization ?? "") ?? [];
  const [id, day = "", region, service, end] = credential.split("/");
  const canonicalHeaders = names.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, url, "", canonicalHeaders.join(""), names, sha256(body)].join("\n");
  const scope = `${day}/${region}/${service}/${end}`;
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = [day, KEY.region, service ?? "", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${KEY.secret}`);
  const signsHost = names.split(";").includes("host");
  const isOurs = id === KEY.id && (service === "execute-api" || service === "sts");
  return isOurs && signsHost && hmac(key, toSign).toString("hex") === signature;
}

const warden = (...args: string[]) =>
  wardenWith(
    {
      folder,
      env: {
        AWS_REGION: KEY.region,
        AWS_ACCESS_KEY_ID: KEY.id,
        AWS_SECRET_ACCESS_KEY: KEY.secret,
        MFA_WARDEN_APPROVALS: `${api.address}/decisions`,
      },
    },
    ...args,
  );

test("an approval is signed, and says that its run has been started", async () => {
  const { code, stdout, stderr } = await warden(
    ...["approve", RUN, "--plan", HASH, "--directory", "workforce", "--note", "agreed", "--wave-wait", "2m", "--aws"],
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Approved\. The run that applies it has been started/);
  const body = {
    action: "approve",
    run: RUN,
    hash: HASH,
    directory: "workforce",
    note: "agreed",
    waveWaitSeconds: 120,
  };
  assert.deepEqual(seen, [{ body, isSigned: true }]);
});

test("a rejection is signed too", async () => {
  answer.body = JSON.stringify({ run: RUN, rejected: ["workforce"] });
  const { code, stdout, stderr } = await warden("reject", RUN, "--reason", "not before the audit", "--aws", "--json");
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { run: RUN, rejected: ["workforce"] });
  assert.deepEqual(seen, [{ body: { action: "reject", run: RUN, note: "not before the audit" }, isSigned: true }]);
});

for (const [what, status, body, exit, message] of [
  [
    "the function refuses",
    403,
    { error: { code: "ERR_APPROVAL_DENIED", message: "jane started this run." } },
    2,
    /jane started this run\. What helps: `plan`\. \(ERR_APPROVAL_DENIED\)/,
  ],
  ["IAM refuses", 403, { message: "Forbidden" }, 2, /ask for execute-api:Invoke.*ERR_APPROVAL_DENIED/],
  [
    "the plan has moved",
    409,
    { error: { code: "ERR_APPROVAL_STATE", message: "The plan is superseded." } },
    2,
    /superseded/,
  ],
  ["nobody can read the answer", 500, "<html>", 3, /HTTP 500.*ERR_APPROVAL_UNREACHABLE/],
] as const)
  test(`what is said where ${what}`, async () => {
    answer = { status, body: typeof body === "string" ? body : JSON.stringify(body) };
    const { code, stderr } = await warden("approve", RUN, "--plan", HASH, "--aws");
    assert.equal(code, exit, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /<html>|EXAMPLEKEY/);
  });

test("who starts a run with --aws is the caller that STS names, and without one no run is started", async () => {
  const arn = "arn:aws:sts::123456789012:assumed-role/IdentityLead/jane";
  const sts = { region: KEY.region, endpoint: api.address, clock: Date.now };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEY.id, AWS_SECRET_ACCESS_KEY: KEY.secret });
  answer = { status: 200, body: `<GetCallerIdentityResponse><Arn>${arn}</Arn></GetCallerIdentityResponse>` };
  assert.equal(await callerArn(sts, AbortSignal.timeout(5_000)), arn);
  answer = { status: 200, body: "<Arn>nobody</Arn>" };
  await assert.rejects(callerArn(sts, AbortSignal.timeout(5_000)), { code: "ERR_CALLER_UNKNOWN" });
  assert.deepEqual(
    seen.map(({ body, isSigned }) => [body, isSigned]),
    Array(2).fill(["Action=GetCallerIdentity&Version=2011-06-15", true]),
  );
});

test("an address that is not there is named with its cause, and one that is no https address is not called", async () => {
  const closed = await openServer(() => {});
  await closed.close();
  const gone = await warden("approve", RUN, "--plan", HASH, "--aws", "--approvals", `${closed.address}/decisions`);
  assert.equal(gone.code, 3);
  assert.match(gone.stderr, /could not be reached \(.*refused.*\)/);
  const plain = await warden("approve", RUN, "--plan", HASH, "--aws", "--approvals", "http://example.com/decisions");
  assert.equal(plain.code, 2);
  assert.match(plain.stderr, /no https address/);
  assert.deepEqual(seen, []);
});
