/** Signs manifests by a key that AWS KMS keeps and gives to nobody. */
import { createPublicKey, hash, verify } from "node:crypto";
import type { KMSClientConfig } from "@aws-sdk/client-kms";
import { WardenError } from "../errors.ts";
import type { Signer } from "../model/index.ts";

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
    publicKey: async (signal) => (await key(signal)).export({ type: "spki", format: "pem" }).toString(),
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
