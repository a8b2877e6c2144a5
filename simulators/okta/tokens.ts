/** Who may call the simulated org: an app by a signed assertion, for the scopes it was granted, or an API token. https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp */

import { randomBytes } from "node:crypto";
import { type Answer, answerOauthProblem, answerOk } from "../shared/answers.ts";
import type { ApiRequest } from "../shared/requests.ts";
import { answerError } from "./answers.ts";
import { type AppKey, isSigned } from "./assertion.ts";
import type { ProofChecker, ProofProblem } from "./proofs.ts";

/** What a test may change of the app. */
export interface AppSettings {
  /** "Require Demonstrating Proof of Possession (DPoP) header in token requests". */
  wantsDpop: boolean;
  /** The API wants its nonce in each proof too, which Okta's does not today. */
  apiWantsNonce: boolean;
}

export interface TokenSettings extends AppKey {
  apiToken: string;
  /** What the app was granted. */
  scopes: () => readonly string[];
  app: AppSettings;
  proofs: ProofChecker;
}

/** The scopes of what a call presents, "all" for an API token. */
type Authorization = readonly string[] | "all";

export interface Tokens {
  issue(request: ApiRequest): Answer;
  /** What a call may do, or how it is refused. */
  authorize(request: ApiRequest): Authorization | Answer;
  /** Makes every token given out so far useless. */
  revoke(): void;
}

interface GivenToken {
  scopes: readonly string[];
  until: number;
  /** Thumbprint of the key that it is bound to; a bearer token's is none. */
  jkt: string | undefined;
}

const LIFETIME_S = 3_600;

export function createTokens(settings: TokenSettings): Tokens {
  const given = new Map<string, GivenToken>();
  const usedIds = new Set<string>();
  let isApiTokenGood = true;
  return {
    issue: (request) => {
      const form = new URLSearchParams(request.text);
      const scopes = (form.get("scope") ?? "").split(" ").filter(Boolean);
      const refusal = findProblem(settings, form, scopes, usedIds);
      if (refusal) return refusal;
      const jkt = bindingOf(settings, request);
      if (typeof jkt === "object") return refuseProof(settings, jkt);
      const token = randomBytes(24).toString("base64url");
      given.set(token, { scopes, until: settings.now() + LIFETIME_S * 1000, jkt });
      const type = jkt === undefined ? "Bearer" : "DPoP";
      const answer = { token_type: type, expires_in: LIFETIME_S, access_token: token, scope: scopes.join(" ") };
      return { ...answerOk(answer), headers: jkt === undefined ? {} : { "dpop-nonce": settings.proofs.nonce() } };
    },
    authorize: (request) => {
      const { authorization = "" } = request.headers;
      if (authorization === `SSWS ${settings.apiToken}`) return isApiTokenGood ? "all" : answerError(401);
      const [, scheme, token = ""] = /^(Bearer|DPoP) (.+)$/.exec(authorization) ?? [];
      const found = given.get(token);
      const isRight = found && settings.now() < found.until && scheme === (found.jkt === undefined ? "Bearer" : "DPoP");
      if (!isRight) return answerError(401);
      return found.jkt === undefined ? found.scopes : (refuseCall(settings, request, token, found.jkt) ?? found.scopes);
    },
    revoke: () => {
      given.clear();
      isApiTokenGood = false;
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
  if (scopes.length === 0 || scopes.some((scope) => !settings.scopes().includes(scope)))
    return answerOauthProblem(400, "invalid_scope", "One or more scopes are not configured for the client.");
  return undefined;
}

/** The thumbprint of the key that the token is to be bound to; `undefined`: to none. */
function bindingOf(
  { app, proofs }: TokenSettings,
  { method, url, headers }: ApiRequest,
): string | ProofProblem | undefined {
  const proof = headerOf(headers.dpop);
  if (proof === undefined && !app.wantsDpop) return undefined;
  return proofs.check({ method, url, proof, wantsNonce: true });
}

const refuseProof = ({ proofs }: TokenSettings, { error, description }: ProofProblem): Answer => ({
  ...answerOauthProblem(400, error, description),
  headers: error === "use_dpop_nonce" ? { "dpop-nonce": proofs.nonce() } : {},
});

/** As the API does: without a body, the reason in a header. */
function refuseCall(
  { app, proofs }: TokenSettings,
  { method, url, headers }: ApiRequest,
  token: string,
  jkt: string,
): Answer | undefined {
  const result = proofs.check({ method, url, proof: headerOf(headers.dpop), token, wantsNonce: app.apiWantsNonce });
  if (result === jkt) return undefined;
  const problem: ProofProblem =
    typeof result === "object" ? result : { error: "invalid_dpop_proof", description: "The key is another one." };
  const challenge = `DPoP algs="RS256 ES256", realm="${url.origin}", error="${problem.error}", error_description="${problem.description}", resource="${url.pathname}"`;
  const isNonceWanted = problem.error === "use_dpop_nonce";
  return {
    status: isNonceWanted ? 401 : 400,
    body: "",
    headers: { "www-authenticate": challenge, ...(isNonceWanted ? { "dpop-nonce": proofs.nonce() } : {}) },
  };
}

const headerOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;
