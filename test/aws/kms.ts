/** KMS's signing protocol for tests, with a P-256 key of its own. */
import { generateKeyPairSync } from "node:crypto";
import { signDigest } from "./p256.ts";

/** Answers what `GetPublicKey` and `Sign` ask of the key. @param operation as the header `x-amz-target` names it */
export function openKms(): (operation: string, asked: { readonly Message?: string }) => object {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  return (operation, { Message = "" }) =>
    operation.endsWith("GetPublicKey")
      ? { PublicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"), KeyUsage: "SIGN_VERIFY" }
      : { Signature: signDigest(secret, Buffer.from(Message, "base64")).toString("base64") };
}
