/**
 * Signs manifests by a key that AWS KMS keeps and gives to nobody. KMS's client would not fit into the sweep's bundle, so its two calls are
 * signed and sent here.
 */
import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { loadOnce } from "../concurrency.ts";
import { WardenError } from "../errors.ts";
import type { Clock, Signer } from "../model/index.ts";
import { type SignedAnswer, type SignedCaller, type SignedCallerConfig, signedCaller } from "./signed-call.ts";

export interface KmsSignerConfig extends SignedCallerConfig {
  /** In place of KMS's own address. */
  readonly endpoint?: string | undefined;
  /** How often a call is made at the most; 3. */
  readonly maxAttempts?: number;
}

const DEFAULT_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;

/**
 * Signs by an asymmetric KMS key of spec `ECC_NIST_P256` and usage `SIGN_VERIFY`. Needs `kms:Sign` and `kms:GetPublicKey`.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 * @param keyId id, ARN or alias
 */
export function kmsSigner(config: KmsSignerConfig, keyId: string, clock: Clock): Signer {
  const kms: Kms = { config, caller: signedCaller(config, { clock, toError: unavailable }), keyId };
  const publicKey = loadOnce((signal: AbortSignal) => readPublicKey(kms, signal));
  return {
    label: "aws-kms",
    algorithm: "ecdsa-p256-sha256",
    publicKey: async (signal) => (await publicKey(signal)).export({ type: "spki", format: "pem" }).toString(),
    async sign(bytes, signal) {
      const signature = await signDigest(kms, hash("sha256", bytes, "buffer"), signal);
      // An answer that nobody could verify later is no signature.
      if (verify("sha256", bytes, await publicKey(signal), signature)) return signature;
      throw unavailable("its signature does not fit its public key");
    },
  };
}

interface Kms {
  readonly config: KmsSignerConfig;
  readonly caller: SignedCaller;
  readonly keyId: string;
}

const base64 = v.pipe(
  v.string(),
  v.minLength(1),
  v.transform((text) => Buffer.from(text, "base64")),
);

async function readPublicKey(kms: Kms, signal: AbortSignal): Promise<KeyObject> {
  const { PublicKey } = await callKms(kms, "GetPublicKey", {}, v.object({ PublicKey: base64 }), signal);
  try {
    return createPublicKey({ key: PublicKey, format: "der", type: "spki" });
  } catch {
    throw unavailable("its public key cannot be read");
  }
}

async function signDigest(kms: Kms, digest: Buffer, signal: AbortSignal): Promise<Uint8Array> {
  const asked = { Message: digest.toString("base64"), MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" };
  return (await callKms(kms, "Sign", asked, v.object({ Signature: base64 }), signal)).Signature;
}

async function callKms<S extends v.GenericSchema>(
  kms: Kms,
  operation: string,
  asked: object,
  schema: S,
  signal: AbortSignal,
): Promise<v.InferOutput<S>> {
  const { config, caller, keyId } = kms;
  const url = new URL(config.endpoint ?? endpointOf(await caller.region()));
  const call = {
    url,
    service: "kms",
    type: "application/x-amz-json-1.1",
    headers: { "x-amz-target": `TrentService.${operation}` },
    body: JSON.stringify({ KeyId: keyId, ...asked }),
  };
  const answer = await withRetries(config.maxAttempts ?? DEFAULT_ATTEMPTS, () => caller.post(call, signal), signal);
  if (answer.status !== 200) throw unavailable(refusalOf(answer));
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), answer.body);
  if (!success) throw unavailable(`its answer, HTTP ${answer.status}, could not be read`);
  return output;
}

const endpointOf = (region: string): string =>
  `https://kms.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

/** To sign twice harms nobody. */
async function withRetries(attempts: number, send: () => Promise<SignedAnswer>, signal: AbortSignal) {
  for (let attempt = 1; ; attempt++) {
    const answer = await send().catch((error: unknown) => {
      if (attempt >= attempts || signal.aborted) throw error;
      return undefined;
    });
    if (answer !== undefined && (attempt >= attempts || !isTransient(answer))) return answer;
    await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal }).catch(() => undefined);
  }
}

const isTransient = (answer: SignedAnswer): boolean =>
  answer.status >= 500 || answer.status === 429 || refusalOf(answer) === "ThrottlingException";

const refusal = v.pipe(v.string(), v.parseJson(), v.object({ __type: v.string() }));

/** AWS's own name for it, without the namespace that may stand before it. */
function refusalOf({ status, body, errorType }: SignedAnswer): string {
  const { success, output } = v.safeParse(refusal, body);
  const type = (errorType ?? (success ? output.__type : "")).split("#").at(-1) ?? "";
  return /^\w{1,64}/.exec(type)?.[0] ?? `HTTP ${status}`;
}

const unavailable = (cause: string) =>
  new WardenError(
    "ERR_SIGNER_UNAVAILABLE",
    `The evidence could not be signed (${cause}); look at the signing key, then sweep again.`,
  );
