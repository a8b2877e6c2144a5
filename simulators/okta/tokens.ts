/** Who may call the simulated org: an app by a signed assertion, for the scopes it was granted, or an API token. https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp */

import { type KeyObject, randomBytes, verify } from "node:crypto";
import { type Answer, answerOauthProblem, answerOk } from "../shared/answers.ts";

export interface TokenSettings {
  clientId: string;
  keyId: string;
  publicKey: KeyObject;
  /** Where tokens are asked for, as the org knows itself. */
  audience: string;
  apiToken: string;
  /** What the app was granted. */
  scopes: () => readonly string[];
  /** The app's setting; then no token is given for a request without a proof. */
  wantsDpop: () => boolean;
  now: () => number;
}

export interface Tokens {
  issue(form: URLSearchParams): Answer;
  /** The scopes of what a call presents, "all" for an API token; `undefined`: 401. */
  scopesOf(authorization: string | undefined): readonly string[] | "all" | undefined;
  /** Makes every token given out so far useless. */
  revoke(): void;
}

const LIFETIME_S = 3_600;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export function createTokens(settings: TokenSettings): Tokens {
  const given = new Map<string, { scopes: readonly string[]; until: number }>();
  const usedIds = new Set<string>();
  let isTokenGood = true;
  return {
    issue: (form) => {
      const scopes = (form.get("scope") ?? "").split(" ").filter(Boolean);
      const problem = findProblem(settings, form, scopes, usedIds);
      if (problem) return problem;
      const token = randomBytes(24).toString("base64url");
      given.set(token, { scopes, until: settings.now() + LIFETIME_S * 1000 });
      return answerOk({ token_type: "Bearer", expires_in: LIFETIME_S, access_token: token, scope: scopes.join(" ") });
    },
    scopesOf: (authorization = "") => {
      if (authorization === `SSWS ${settings.apiToken}`) return isTokenGood ? "all" : undefined;
      const found = given.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? "");
      return found && settings.now() < found.until ? found.scopes : undefined;
    },
    revoke: () => {
      given.clear();
      isTokenGood = false;
    },
  };
}

function findProblem(
  settings: TokenSettings,
  form: URLSearchParams,
  scopes: readonly string[],
  usedIds: Set<string>,
): Answer | undefined {
  if (form.get("grant_type") !== "client_credentials")
    return answerOauthProblem(400, "unsupported_grant_type", "The authorization grant type is not supported.");
  if (!isSigned(settings, form, usedIds))
    return answerOauthProblem(401, "invalid_client", "The client_assertion is invalid.");
  if (settings.wantsDpop())
    return answerOauthProblem(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.");
  if (scopes.length === 0 || scopes.some((scope) => !settings.scopes().includes(scope)))
    return answerOauthProblem(400, "invalid_scope", "One or more scopes are not configured for the client.");
  return undefined;
}

function isSigned(
  { clientId, keyId, publicKey, audience, now }: TokenSettings,
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
