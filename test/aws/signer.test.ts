/** The keys that sign manifests: KMS over its real protocol, with a real P-256 key behind it, and a folder's own. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { fileSigner } from "../../cli/state/file-signer.ts";
import { kmsSigner } from "../../lib/aws/kms-signer.ts";
import { fingerprintOf } from "../../lib/evidence/index.ts";
import { startServer } from "../loopback.ts";
import { LOCAL_AWS } from "./loopback.ts";

const signal = AbortSignal.timeout(30_000);
const MANIFEST = new TextEncoder().encode('{ "version": 2 }\n');
const KEY = "alias/mfa-warden";

const requestSchema = v.object({
  KeyId: v.literal(KEY),
  Message: v.optional(v.string()),
  MessageType: v.optional(v.string()),
  SigningAlgorithm: v.optional(v.string()),
});

interface Kms {
  readonly calls: string[];
  /** A status to fail with, or another key to sign with. */
  fault?: number | "other-key";
  /** How many calls a fault lasts; without it, all. */
  faultyCalls?: number;
}

/** AWS's JSON protocol 1.1. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
async function startKms(context: TestContext, maxAttempts = 1) {
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const kms: Kms = { calls: [] };
  const digests: string[] = [];
  const endpoint = await startServer(context, async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).replace("TrentService.", "");
    const asked = v.parse(requestSchema, await json(request));
    kms.calls.push(operation);
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (kms.faultyCalls !== undefined && kms.calls.length > kms.faultyCalls) delete kms.fault;
    if (typeof kms.fault === "number") {
      response.writeHead(kms.fault).end(JSON.stringify({ __type: "AccessDeniedException", message: "a secret body" }));
      return;
    }
    if (operation === "GetPublicKey") {
      const PublicKey = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");
      response.end(JSON.stringify({ KeyId: KEY, PublicKey, KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }));
      return;
    }
    assert.deepEqual([asked.MessageType, asked.SigningAlgorithm], ["DIGEST", "ECDSA_SHA_256"]);
    const digest = asked.Message ?? "";
    digests.push(digest);
    // Node signs messages, not digests: the real service would sign what was sent.
    assert.equal(digest, createHash("sha256").update(MANIFEST).digest("base64"));
    const { privateKey } = kms.fault === "other-key" ? other : pair;
    const Signature = sign("sha256", MANIFEST, privateKey).toString("base64");
    response.end(JSON.stringify({ KeyId: KEY, Signature, SigningAlgorithm: "ECDSA_SHA_256" }));
  });
  const signer = kmsSigner({ ...LOCAL_AWS, endpoint, maxAttempts }, KEY, Date.now);
  return { kms, signer, pair };
}

test("KMS signs the digest, and anybody can verify it by the public key", async (context) => {
  const { kms, signer, pair } = await startKms(context);
  const signature = await signer.sign(MANIFEST, signal);
  assert.ok(verify("sha256", MANIFEST, createPublicKey(await signer.publicKey(signal)), signature));
  const der = pair.publicKey.export({ type: "spki", format: "der" });
  assert.equal(fingerprintOf(await signer.publicKey(signal)), createHash("sha256").update(der).digest("hex"));
  assert.deepEqual([signer.label, signer.algorithm], ["aws-kms", "ecdsa-p256-sha256"]);
  await signer.sign(MANIFEST, signal);
  assert.deepEqual(
    kms.calls.filter((name) => name === "GetPublicKey"),
    ["GetPublicKey"],
  );
});

test("a signature that does not fit the public key is refused", async (context) => {
  const { kms, signer } = await startKms(context);
  kms.fault = "other-key";
  await assert.rejects(signer.sign(MANIFEST, signal), { code: "ERR_SIGNER_UNAVAILABLE" });
});

test("a refusal is named without its body, and not remembered", async (context) => {
  const { kms, signer } = await startKms(context);
  kms.fault = 400;
  await assert.rejects(signer.publicKey(signal), (error: Error & { code?: string }) => {
    assert.equal(error.code, "ERR_SIGNER_UNAVAILABLE");
    assert.match(error.message, /AccessDeniedException/);
    assert.doesNotMatch(error.message + error.stack, /secret body/);
    return true;
  });
  delete kms.fault;
  assert.match(fingerprintOf(await signer.publicKey(signal)), /^[0-9a-f]{64}$/);
});

test("a fault of KMS that passes is waited for, and a refusal is not", async (context) => {
  const { kms, signer } = await startKms(context, 3);
  Object.assign(kms, { fault: 503, faultyCalls: 2 });
  assert.match(fingerprintOf(await signer.publicKey(signal)), /^[0-9a-f]{64}$/);
  assert.equal(kms.calls.length, 3);
  const refused = await startKms(context, 3);
  refused.kms.fault = 400;
  await assert.rejects(refused.signer.publicKey(signal), { code: "ERR_SIGNER_UNAVAILABLE" });
  assert.equal(refused.kms.calls.length, 1);
});

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "warden-key-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a folder's key is made once, for its owner's eyes only, with the public one beside it", async (context) => {
  const folder = folderFor(context);
  const signature = await fileSigner(folder).sign(MANIFEST, signal);
  const again = fileSigner(folder);
  const key = await again.publicKey(signal);
  assert.ok(verify(null, MANIFEST, key, signature));
  assert.equal(readFileSync(join(folder, "signing-key.pub.pem"), "utf8"), key);
  assert.equal(statSync(join(folder, "signing-key.pem")).mode & 0o777, 0o600);
  assert.deepEqual([again.label, again.algorithm], ["self-signed", "ed25519"]);
});

test("processes that make it at the same moment end with one key", async (context) => {
  const folder = folderFor(context);
  const child = fileURLToPath(new URL("./signer-child.ts", import.meta.url));
  const keys = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const process = fork(child, [folder]);
      const [message] = await once(process, "message");
      await once(process, "exit");
      return message;
    }),
  );
  assert.equal(new Set(keys).size, 1);
  assert.equal(keys[0], await fileSigner(folder).publicKey(signal));
});

test("a key file that is none, or of another kind, is named and never replaced", async (context) => {
  const folder = folderFor(context);
  const path = join(folder, "signing-key.pem");
  writeFileSync(path, "not a key");
  await assert.rejects(fileSigner(folder).publicKey(signal), { code: "ERR_SIGNER_UNAVAILABLE" });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(path, pem);
  await assert.rejects(fileSigner(folder).publicKey(signal), { code: "ERR_SIGNER_UNAVAILABLE" });
  assert.equal(readFileSync(path, "utf8"), pem);
});
