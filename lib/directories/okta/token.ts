/** What a call of Okta's API presents: an access token for one scope alone, or a person's API token. https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp */

import { WardenError } from "../../errors.ts";
import { clientCredentials, type HttpClient, readRsaKey, signAssertion, type TokenSource } from "../../http/index.ts";
import type { OktaNeeds } from "./settings.ts";

const TOKEN_PATH = "/oauth2/v1/token";

export interface Tokens {
  /** Whoever asks for a scope that the app does not have is told so, and the other scopes work on. */
  forScope(scope: string): TokenSource;
  readonly scheme: "Bearer" | "SSWS";
  /** Scopes that a token was given for. */
  granted(): readonly string[];
}

export function openTokens(needs: OktaNeeds, http: HttpClient, org: string): Tokens {
  const { apiToken } = needs.secret;
  if (apiToken !== undefined) {
    const source = { get: async () => apiToken, drop: () => undefined, scopes: () => [] };
    return { forScope: () => source, scheme: "SSWS", granted: () => [] };
  }
  const request = appTokens(needs, http, org);
  const sources = new Map<string, TokenSource>();
  return {
    forScope: (scope) => {
      const source = sources.get(scope) ?? request(scope);
      sources.set(scope, source);
      return source;
    },
    scheme: "Bearer",
    granted: () => [...new Set([...sources.values()].flatMap((source) => source.scopes()))].toSorted(),
  };
}

function appTokens({ clock, secret }: OktaNeeds, http: HttpClient, org: string): (scope: string) => TokenSource {
  const { clientId = "", privateKey = "", keyId = "" } = secret;
  const key = readRsaKey(privateKey);
  if (!key) throw http.vendorError("ERR_SECRET_INVALID", { method: "POST", path: TOKEN_PATH }, "has no readable key");
  const url = org + TOKEN_PATH;
  const assertion = () =>
    signAssertion({ clientId, audience: url, key, algorithm: "RS256", header: { kid: keyId }, clock });
  return (scope) => {
    const source = clientCredentials({ http, clock, url, path: TOKEN_PATH, form: { scope }, clientId, assertion });
    const get = (signal: AbortSignal) =>
      source.get(signal).catch((error: unknown) => {
        throw explainRefusal(http, scope, error);
      });
    return { ...source, get };
  };
}

function explainRefusal(http: HttpClient, scope: string, error: unknown): unknown {
  if (!(error instanceof WardenError)) return error;
  const { vendorCode } = error.detail;
  if (vendorCode === "invalid_scope" || vendorCode === "consent_required") {
    const advice = `gives the app no token for ${scope}; grant it that scope`;
    return http.rewordError(error, { code: "ERR_VENDOR_DENIED", advice });
  }
  if (vendorCode === "invalid_dpop_proof" || vendorCode === "use_dpop_nonce")
    return http.rewordError(error, { code: "ERR_VENDOR_AUTH", advice: WANTS_DPOP });
  return error;
}

const WANTS_DPOP =
  "wants proof of possession (DPoP), which is not done here; switch it off in the app's general settings, or use an API token";
