/** How an OAuth client proves itself with a private key: a signed JWT in place of a secret (RFC 7523 section 2.2). */

import { createPrivateKey, type JsonWebKey, type KeyObject, randomUUID } from "node:crypto";
import type { Clock } from "../model/index.ts";
import { type SigningAlgorithm, signToken } from "./signed-token.ts";

/** Long enough for one request, and for clocks that are a little apart. */
const LIFETIME_S = 300;

export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface AssertionNeeds {
  readonly clientId: string;
  /** The token endpoint, as the server knows itself. */
  readonly audience: string;
  readonly key: KeyObject;
  readonly algorithm: AssertionAlgorithm;
  /** What says which key it is, like `kid` or `x5t#S256`. */
  readonly header: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** Of RSA keys (RFC 7518 section 3.1). */
type AssertionAlgorithm = Exclude<SigningAlgorithm, "ES256">;

/** The RSA key of a PEM text or a JSON Web Key; `undefined` if it holds none. */
export function readRsaKey(text: string | JsonWebKey): KeyObject | undefined {
  try {
    const key = createPrivateKey(typeof text === "string" ? text : { key: text, format: "jwk" });
    return key.asymmetricKeyType === "rsa" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A new one for each request: a server may refuse one that it has seen. */
export function signAssertion({ clientId, audience, key, algorithm, header, clock }: AssertionNeeds): string {
  const now = Math.floor(clock() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + LIFETIME_S,
  };
  return signToken({ header: { typ: "JWT", ...header }, claims }, key, algorithm);
}
