/** The keys that sign manifests: one that AWS KMS keeps, or one in a folder. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KMSClientConfig } from "@aws-sdk/client-kms";
import { WardenError } from "../errors.ts";
import type { Signer } from "../model/index.ts";

/** What everybody calls a public key: SHA-256 of its SPKI in DER, hex. */
const fingerprintOf = (key: KeyObject): string =>
  createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");

const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

/**
 * Signs by an asymmetric KMS key of spec `ECC_NIST_P256` and usage `SIGN_VERIFY`. The client is loaded with its first use.
 * Needs `kms:Sign` and `kms:GetPublicKey`. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 * @param keyId id, ARN or alias
 */
export function kmsSigner(config: KMSClientConfig, keyId: string): Signer {
  const connect = once(async (_: AbortSignal) => {
    const sdk = await import("@aws-sdk/client-kms");
    return { sdk, client: new sdk.KMSClient(config) };
  });
  const read = once(async (signal: AbortSignal) => {
    const { sdk, client } = await connect(signal);
    const answer = await client.send(new sdk.GetPublicKeyCommand({ KeyId: keyId }), { abortSignal: signal });
    return createPublicKey({ key: Buffer.from(answer.PublicKey ?? []), format: "der", type: "spki" });
  });
  const key = (signal: AbortSignal) => reach(read(signal));
  return {
    label: "aws-kms",
    algorithm: "ecdsa-p256-sha256",
    fingerprint: async (signal) => fingerprintOf(await key(signal)),
    publicKey: async (signal) => pemOf(await key(signal)),
    async sign(bytes, signal) {
      const { sdk, client } = await reach(connect(signal));
      const command = new sdk.SignCommand({
        KeyId: keyId,
        Message: hash("sha256", bytes, "buffer"),
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      });
      const { Signature = new Uint8Array() } = await reach(client.send(command, { abortSignal: signal }));
      // An answer that nobody could verify later is no signature.
      if (verify("sha256", bytes, await key(signal), Signature)) return Signature;
      throw unavailable("its signature does not fit its public key");
    },
  };
}

/** Keeps what came of the first call that did not fail. */
function once<A extends unknown[], T>(work: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let kept: Promise<T> | undefined;
  return (...args) => {
    kept ??= work(...args).catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

/** The SDK's own message may hold a request: only the error's name goes on. */
async function reach<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw unavailable(error instanceof Error ? error.name : "unknown error");
  }
}

const unavailable = (why: string) =>
  new WardenError(
    "ERR_SIGNER_UNAVAILABLE",
    `The evidence could not be signed (${why}); look at the signing key, then sweep again.`,
  );

/** Files of a folder signer: the private key for its owner's eyes only, and the public one for an auditor. */
export const KEY_FILES = { secret: "signing-key.pem", public: "signing-key.pub.pem" } as const;

/** Signs by an Ed25519 key that lies in the folder and is made there with its first use. */
export const fileSigner = (folder: string): Signer => keySigner(() => openKey(folder));

/** Signs by an Ed25519 key in hand. @param open is called once, with the first use */
export function keySigner(open: () => KeyObject): Signer {
  let kept: { readonly secret: KeyObject; readonly public: KeyObject } | undefined;
  const keys = () => {
    if (kept === undefined) {
      const secret = open();
      kept = { secret, public: createPublicKey(secret) };
    }
    return kept;
  };
  return {
    label: "self-signed",
    algorithm: "ed25519",
    fingerprint: async () => fingerprintOf(keys().public),
    publicKey: async () => pemOf(keys().public),
    sign: async (bytes) => sign(null, bytes, keys().secret),
  };
}

function openKey(folder: string): KeyObject {
  const path = join(folder, KEY_FILES.secret);
  try {
    const secret = createPrivateKey(readKey(path) ?? makeKey(folder, path));
    if (secret.asymmetricKeyType !== "ed25519") throw unavailable(`${path} is not an Ed25519 key`);
    keepPublic(folder, pemOf(createPublicKey(secret)));
    return secret;
  } catch (error) {
    if (error instanceof WardenError) throw error;
    throw unavailable(`${path}: ${reasonOf(error)}`);
  }
}

function readKey(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (reasonOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Of two processes that make it at once both end with the same key, and never with half of one. */
function makeKey(folder: string, path: string): string {
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(draft, pem, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (reasonOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, "utf8");
}

function keepPublic(folder: string, pem: string): void {
  const path = join(folder, KEY_FILES.public);
  if (existsSync(path) && readFileSync(path, "utf8") === pem) return;
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, pem, { flag: "wx" });
  renameSync(draft, path);
}

const reasonOf = (error: unknown) =>
  error instanceof Error && "code" in error ? String(error.code) : "it cannot be read as a key";
