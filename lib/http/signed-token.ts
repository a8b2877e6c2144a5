/** JSON Web Tokens in their compact form, signed with a key that we hold (RFC 7515 section 7.1). */

import { constants, type KeyObject, sign } from "node:crypto";

/** The first two are of RSA keys, the last one of keys on the curve P-256 (RFC 7518 section 3.1). */
export type SigningAlgorithm = "RS256" | "PS256" | "ES256";

export interface TokenContent {
  /** Beside `alg`. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

export function signToken({ header, claims }: TokenContent, key: KeyObject, algorithm: SigningAlgorithm): string {
  const content = `${encode({ alg: algorithm, ...header })}.${encode(claims)}`;
  return `${content}.${sign("sha256", Buffer.from(content), signingKey(key, algorithm)).toString("base64url")}`;
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

function signingKey(key: KeyObject, algorithm: SigningAlgorithm) {
  if (algorithm === "RS256") return key;
  // The two numbers of the signature side by side, as RFC 7518 section 3.4 wants them.
  if (algorithm === "ES256") return { key, dsaEncoding: "ieee-p1363" as const };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
