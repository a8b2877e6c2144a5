/** The public key that belongs to a signature, and the short name that everybody calls it by. */
import { createPublicKey, hash } from "node:crypto";

/** The fingerprint of a public key: SHA-256 of its SPKI in DER, hex. @param pem SPKI, PEM */
export function fingerprintOf(pem: string): string {
  return hash("sha256", createPublicKey(pem).export({ type: "spki", format: "der" }), "hex");
}
