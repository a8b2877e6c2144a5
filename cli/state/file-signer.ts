/** Signs by an Ed25519 key that lies in the state folder. */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import type { Signer } from "../../lib/model/index.ts";

/** Files of a folder signer: the private key for its owner's eyes only, and the public one for an auditor. */
export const KEY_FILES = { secret: "signing-key.pem", public: "signing-key.pub.pem" } as const;

const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

const unavailable = (why: string) =>
  new WardenError(
    "ERR_SIGNER_UNAVAILABLE",
    `The evidence could not be signed (${why}); look at the signing key, then sweep again.`,
  );

const reasonOf = (error: unknown) =>
  error instanceof Error && "code" in error ? String(error.code) : "it cannot be read as a key";

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
    publicKey: async () => pemOf(keys().public),
    sign: async (bytes) => sign(null, bytes, keys().secret),
  };
}

/** Signs by an Ed25519 key that lies in the folder and is made there with its first use. */
export const fileSigner = (folder: string): Signer => keySigner(() => openKey(folder));
