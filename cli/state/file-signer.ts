/** Signs by an Ed25519 key that lies in the state folder. */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import type { Signer } from "../../lib/model/index.ts";
import { causeOf, keepPrivateFile, makeStateFolder, writePrivateFile } from "./private-files.ts";

/** Files of a folder signer: the private key for its owner's eyes only, and the public one for an auditor. */
export const KEY_FILES = { secret: "signing-key.pem", public: "signing-key.pub.pem" } as const;

/** Everybody may read it. */
const PUBLIC_FILE = 0o644;

const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

const unavailable = (why: string) =>
  new WardenError(
    "ERR_SIGNER_UNAVAILABLE",
    `The evidence could not be signed (${why}); look at the signing key, then sweep again.`,
  );

const reasonOf = (error: unknown) =>
  error instanceof Error && "code" in error && "syscall" in error ? causeOf(error) : "it cannot be read as a key";

const makeKey = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** The key of the folder, made if there is none; the public one lies beside it for an auditor. */
function openKey(folder: string): KeyObject {
  const path = join(folder, KEY_FILES.secret);
  try {
    makeStateFolder(folder);
    const key = createPrivateKey(keepPrivateFile(path, "signing key", makeKey));
    if (key.asymmetricKeyType !== "ed25519") throw unavailable(`${path} is not an Ed25519 key`);
    keepPublicKey(join(folder, KEY_FILES.public), pemOf(createPublicKey(key)));
    return key;
  } catch (error) {
    if (error instanceof WardenError) throw error;
    throw unavailable(`${path}: ${reasonOf(error)}`);
  }
}

function keepPublicKey(path: string, pem: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === pem) return;
  writePrivateFile(path, pem, PUBLIC_FILE);
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
