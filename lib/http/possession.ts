/** Proof of possession: a JWT with each request shows that whoever presents a token holds the key that it is bound to (DPoP, RFC 9449). */

import { generateKeyPairSync, hash, type KeyObject, randomUUID } from "node:crypto";
import { WardenError } from "../errors.ts";
import { type Clock, omitUndefined } from "../model/index.ts";
import { signToken } from "./signed-token.ts";

/** In memory alone, so that a token that is bound to it is worth nothing elsewhere. */
export interface PossessionKey {
  readonly privateKey: KeyObject;
  /** The public part, as each proof shows it. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function createPossessionKey(): PossessionKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
  return { privateKey, jwk: { kty, crv, x, y } };
}

/** Makes the proofs for one server, by its last nonce and its clock. */
export interface PossessionProver {
  /** A new proof for each sending: a server refuses one that it has seen. @param token that goes with the request, if any */
  prove(request: { readonly method: string; readonly url: string }, token?: string): string;
  /** What an answer says for the proofs that follow. */
  observe(headers: Pick<Headers, "get">): void;
}

export function possessionProver({ privateKey, jwk }: PossessionKey, clock: Clock): PossessionProver {
  let nonce: string | undefined;
  let aheadMs = 0;
  return {
    prove: ({ method, url }, token) => {
      const { origin, pathname } = new URL(url);
      const claims = omitUndefined({
        jti: randomUUID(),
        htm: method,
        htu: origin + pathname,
        iat: Math.floor((clock() + aheadMs) / 1000),
        ath: token && hash("sha256", token, "base64url"),
        nonce,
      });
      return signToken({ header: { typ: "dpop+jwt", jwk }, claims }, privateKey, "ES256");
    },
    observe: (headers) => {
      nonce = headers.get("dpop-nonce") ?? nonce;
      const vendorTime = Date.parse(headers.get("date") ?? "");
      if (!Number.isNaN(vendorTime)) aheadMs = vendorTime - clock();
    },
  };
}

const REFUSALS = ["invalid_dpop_proof", "use_dpop_nonce"];

/** Why an API refused the proof of a request, if that is why it refused (RFC 9449 section 7.1). */
export function proofRefusalOf(response: Response): string | undefined {
  const challenge = response.headers.get("www-authenticate") ?? "";
  return REFUSALS.find((error) => challenge.includes(`error="${error}"`));
}

/** The server has done nothing; it wants a proof, or another one. */
export const isProofRefused = (error: unknown): error is WardenError =>
  error instanceof WardenError && REFUSALS.includes(error.detail.vendorCode ?? "");

export const PROOF_REFUSED =
  "does not accept the proof of possession (DPoP) that goes with its token; check the clock of this machine";
