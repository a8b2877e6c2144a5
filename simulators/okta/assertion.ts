/** How an app signs in at the simulated org: a JWT that its key has signed (RFC 7523). */

import { type KeyObject, verify } from "node:crypto";

export interface AppKey {
  clientId: string;
  keyId: string;
  publicKey: KeyObject;
  /** Where tokens are asked for, as the org knows itself. */
  audience: string;
  now: () => number;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Whether the app's key has signed the form's assertion. @param usedIds those of earlier ones; gets this one's */
export function isSigned(
  { clientId, keyId, publicKey, audience, now }: AppKey,
  form: URLSearchParams,
  usedIds: Set<string>,
): boolean {
  const [head = "", body = "", signature = ""] = (form.get("client_assertion") ?? "").split(".");
  if (form.get("client_assertion_type") !== ASSERTION_TYPE || signature === "") return false;
  const [header, claims] = [decode(head), decode(body)];
  const seconds = now() / 1000;
  const isRight =
    header.alg === "RS256" &&
    header.kid === keyId &&
    claims.aud === audience &&
    claims.iss === clientId &&
    claims.sub === clientId &&
    Number(claims.exp) > seconds &&
    Number(claims.exp) <= seconds + 3_600 &&
    !usedIds.has(String(claims.jti));
  usedIds.add(String(claims.jti));
  return isRight && verify("sha256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"));
}

const decode = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString());
