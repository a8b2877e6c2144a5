/** Proofs of possession as the simulated org checks them. RFC 9449 sections 4.3, 5, 7 and 8; https://developer.okta.com/docs/guides/dpop/oktaresourceserver/main/ */

import { createHash, createPublicKey, type JsonWebKey, randomBytes, verify } from "node:crypto";

const DAY_MS = 86_400_000;
/** A nonce is renewed after a day, and works for three. */
const NONCE_RENEWED_MS = DAY_MS;
const NONCE_WORKS_MS = 3 * DAY_MS;
/** How old or new a proof may be. */
const WINDOW_S = 60;

/** The request that a proof came with. */
export interface ProvenRequest {
  method: string;
  url: URL;
  /** Of the DPoP header. */
  proof: string | undefined;
  /** The access token that the request presents. */
  token?: string;
  wantsNonce: boolean;
}

/** RFC 9449's names for what is wrong. */
export interface ProofProblem {
  error: "invalid_dpop_proof" | "use_dpop_nonce";
  description: string;
}

export interface ProofChecker {
  /** The thumbprint of the key that made the proof, or what is wrong with it. */
  check(request: ProvenRequest): string | ProofProblem;
  /** What the next proof is to hold. */
  nonce(): string;
  /** Every nonce given out so far is refused from now on. */
  forgetNonces(): void;
}

export function createProofChecker(now: () => number): ProofChecker {
  const usedIds = new Set<string>();
  let nonces: { value: string; at: number }[] = [];
  const currentNonce = () => {
    const newest = nonces.at(-1);
    if (newest && now() - newest.at < NONCE_RENEWED_MS) return newest.value;
    const value = randomBytes(24).toString("base64url");
    nonces.push({ value, at: now() });
    return value;
  };
  const isNonceGood = (text: unknown) => nonces.some(({ value, at }) => value === text && now() - at < NONCE_WORKS_MS);
  return {
    check: (request) => {
      const parsed = parseProof(request.proof);
      if (typeof parsed === "string") return invalid(parsed);
      const problem = findProblem(parsed, request, now());
      if (problem !== undefined) return invalid(problem);
      if (request.wantsNonce && !isNonceGood(parsed.claims.nonce))
        return { error: "use_dpop_nonce", description: "Authorization server requires nonce in DPoP proof." };
      const jkt = thumbprintOf(parsed.jwk);
      const id = `${jkt} ${parsed.claims.jti}`;
      if (usedIds.has(id)) return invalid("The DPoP proof JWT has already been used.");
      usedIds.add(id);
      return jkt;
    },
    nonce: currentNonce,
    forgetNonces: () => {
      nonces = [];
    },
  };
}

const invalid = (description: string): ProofProblem => ({ error: "invalid_dpop_proof", description });

interface ParsedProof {
  jwk: JsonWebKey;
  claims: Record<string, unknown>;
}

/** A proof whose own key has signed it, or what is wrong. */
function parseProof(proof: string | undefined): ParsedProof | string {
  if (proof === undefined) return "The DPoP proof JWT header is missing.";
  const [head = "", body = "", signature = "", ...rest] = proof.split(".");
  const [header, claims] = [decode(head), decode(body)];
  if (!header || !claims || signature === "" || rest.length > 0) return "The DPoP proof JWT is malformed.";
  if (header.typ !== "dpop+jwt") return "The 'typ' of the DPoP proof JWT is invalid.";
  const jwk = header.jwk as JsonWebKey | undefined;
  if (typeof jwk !== "object" || jwk === null || "d" in jwk) return "The 'jwk' of the DPoP proof JWT is invalid.";
  const isSigned = isSignedBy(jwk, header.alg, `${head}.${body}`, Buffer.from(signature, "base64url"));
  return isSigned ? { jwk, claims } : "The signature of the DPoP proof JWT is invalid.";
}

function isSignedBy(jwk: JsonWebKey, algorithm: unknown, content: string, signature: Buffer): boolean {
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    if (algorithm === "RS256")
      return key.asymmetricKeyType === "rsa" && verify("sha256", Buffer.from(content), key, signature);
    if (algorithm !== "ES256" || jwk.crv !== "P-256") return false;
    return verify("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}

function findProblem({ claims }: ParsedProof, { method, url, token }: ProvenRequest, now: number): string | undefined {
  const { jti, htm, htu, iat, ath } = claims;
  const wrong = (claim: string) => `'${claim}' claim in the DPoP proof JWT is invalid.`;
  if (typeof jti !== "string" || jti === "") return wrong("jti");
  if (htm !== method) return wrong("htm");
  if (htu !== `${url.protocol}//${url.host}${url.pathname}`) return wrong("htu");
  if (typeof iat !== "number" || Math.abs(iat - now / 1000) > WINDOW_S) return wrong("iat");
  const expected = token && createHash("sha256").update(token).digest("base64url");
  return ath === expected ? undefined : wrong("ath");
}

/** Of a public key, by its required members in the order of the alphabet (RFC 7638). */
function thumbprintOf({ kty, crv, x, y, n, e }: JsonWebKey): string {
  const members = kty === "EC" ? { crv, kty, x, y } : { e, kty, n };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}
