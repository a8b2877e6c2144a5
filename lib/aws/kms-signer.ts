/** Signs manifests by a key that AWS KMS keeps and gives to nobody. */
import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import type { KMSClient, KMSClientConfig } from "@aws-sdk/client-kms";
import { loadOnce } from "../concurrency.ts";
import { WardenError } from "../errors.ts";
import type { Signer } from "../model/index.ts";
import { callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

/**
 * Signs by an asymmetric KMS key of spec `ECC_NIST_P256` and usage `SIGN_VERIFY`. Needs `kms:Sign` and `kms:GetPublicKey`.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 * @param keyId id, ARN or alias
 */
export function kmsSigner(config: KMSClientConfig, keyId: string): Signer {
  const connect: Connect = lazyClient(
    () => import("@aws-sdk/client-kms"),
    (sdk) => new sdk.KMSClient(config),
  );
  const publicKey = loadOnce((signal: AbortSignal) => readPublicKey(connect, keyId, signal));
  return {
    label: "aws-kms",
    algorithm: "ecdsa-p256-sha256",
    publicKey: async (signal) => (await publicKey(signal)).export({ type: "spki", format: "pem" }).toString(),
    async sign(bytes, signal) {
      const signature = await signDigest(connect, keyId, hash("sha256", bytes, "buffer"), signal);
      // An answer that nobody could verify later is no signature.
      if (verify("sha256", bytes, await publicKey(signal), signature)) return signature;
      throw unavailable("its signature does not fit its public key");
    },
  };
}

type Connect = () => Promise<{ readonly sdk: typeof import("@aws-sdk/client-kms"); readonly client: KMSClient }>;

const readPublicKey = (connect: Connect, keyId: string, signal: AbortSignal): Promise<KeyObject> =>
  callKms(async () => {
    const { sdk, client } = await connect();
    const answer = await client.send(new sdk.GetPublicKeyCommand({ KeyId: keyId }), { abortSignal: signal });
    return createPublicKey({ key: Buffer.from(answer.PublicKey ?? []), format: "der", type: "spki" });
  });

const signDigest = (connect: Connect, keyId: string, digest: Uint8Array, signal: AbortSignal): Promise<Uint8Array> =>
  callKms(async () => {
    const { sdk, client } = await connect();
    const command = new sdk.SignCommand({
      KeyId: keyId,
      Message: digest,
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
    });
    return (await client.send(command, { abortSignal: signal })).Signature ?? new Uint8Array();
  });

const callKms = <T>(send: () => Promise<T>): Promise<T> => callAws(send, ({ cause }) => unavailable(cause));

const unavailable = (cause: string) =>
  new WardenError(
    "ERR_SIGNER_UNAVAILABLE",
    `The evidence could not be signed (${cause}); look at the signing key, then sweep again.`,
  );
