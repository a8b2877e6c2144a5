/** What a call of Okta's API presents: an access token for one scope alone, or a person's API token. https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp */

import type { Cache } from "../../concurrency.ts";
import { WardenError } from "../../errors.ts";
import {
  clientCredentials,
  createPossessionKey,
  type HttpClient,
  isProofRefused,
  type PossessionProver,
  possessionProver,
  readRsaKey,
  signAssertion,
  type TokenSource,
} from "../../http/index.ts";
import { omitUndefined } from "../../model/index.ts";
import type { OktaNeeds } from "./settings.ts";

const TOKEN_PATH = "/oauth2/v1/token";

export interface Credential {
  readonly scheme: "Bearer" | "DPoP" | "SSWS";
  readonly token: string;
  /** Of the key that the token is bound to: a proof goes with each call. */
  readonly prover?: PossessionProver;
}

type CredentialSource = Pick<Cache<Credential>, "get" | "drop">;

export interface Tokens {
  /** Whoever asks for a scope that the app does not have is told so, and the other scopes work on. */
  forScope(scope: string): CredentialSource;
  /** Scopes that a token was given for. */
  granted(): readonly string[];
}

export function openTokens(needs: OktaNeeds, http: HttpClient, org: string): Tokens {
  const { apiToken } = needs.secret;
  if (apiToken !== undefined) {
    const credential: Credential = { scheme: "SSWS", token: apiToken };
    return { forScope: () => ({ get: async () => credential, drop: () => undefined }), granted: () => [] };
  }
  const app = openApp(needs, http, org);
  const scopes = new Map<string, AppScope>();
  return {
    forScope: (scope) => {
      const source = scopes.get(scope) ?? openScope(app, scope);
      scopes.set(scope, source);
      return source;
    },
    granted: () => [...new Set([...scopes.values()].flatMap((source) => source.granted()))].toSorted(),
  };
}

/** The proofs of one key: the token endpoint and the API have nonces of their own. */
interface Possession {
  readonly ofTokens: PossessionProver;
  readonly ofCalls: PossessionProver;
}

interface App {
  readonly http: HttpClient;
  request(scope: string, prover?: PossessionProver): TokenSource;
  /** There from the moment on when the org wants tokens to be bound to a key, and never gone again. */
  possession: Possession | undefined;
  createPossession(): Possession;
}

function openApp({ clock, secret }: OktaNeeds, http: HttpClient, org: string): App {
  const { clientId = "", privateKey = "", keyId = "" } = secret;
  const key = readRsaKey(privateKey);
  if (!key) throw http.vendorError("ERR_SECRET_INVALID", { method: "POST", path: TOKEN_PATH }, "has no readable key");
  const url = org + TOKEN_PATH;
  const assertion = () =>
    signAssertion({ clientId, audience: url, key, algorithm: "RS256", header: { kid: keyId }, clock });
  return {
    http,
    request: (scope, prover) =>
      clientCredentials({ http, clock, url, path: TOKEN_PATH, form: { scope }, clientId, assertion, prover }),
    possession: undefined,
    createPossession: () => {
      const possessionKey = createPossessionKey();
      return { ofTokens: possessionProver(possessionKey, clock), ofCalls: possessionProver(possessionKey, clock) };
    },
  };
}

interface AppScope extends CredentialSource {
  granted(): readonly string[];
}

/** Asks without a proof until the org demands one: whether it does is a setting of the app, which no document lets us read first. */
function openScope(app: App, scope: string): AppScope {
  const plain = app.request(scope);
  let bound: TokenSource | undefined;
  const sourceInUse = (): TokenSource => {
    if (!app.possession) return plain;
    bound ??= app.request(scope, app.possession.ofTokens);
    return bound;
  };
  const get = async (signal: AbortSignal): Promise<Credential> => {
    const source = sourceInUse();
    try {
      const token = await source.get(signal);
      // Never without a proof after the org has demanded one for another scope.
      if (source !== sourceInUse()) return get(signal);
      return omitUndefined({
        scheme: source === plain ? "Bearer" : "DPoP",
        token,
        prover: app.possession?.ofCalls,
      } as const);
    } catch (error) {
      if (source !== plain || !isProofRefused(error)) throw explainRefusal(app.http, scope, error);
      app.possession ??= app.createPossession();
      return get(signal);
    }
  };
  return {
    get,
    drop: ({ token }) => sourceInUse().drop(token),
    granted: () => sourceInUse().scopes(),
  };
}

function explainRefusal(http: HttpClient, scope: string, error: unknown): unknown {
  if (!(error instanceof WardenError)) return error;
  const { vendorCode } = error.detail;
  if (vendorCode !== "invalid_scope" && vendorCode !== "consent_required") return error;
  const advice = `gives the app no token for ${scope}; grant it that scope`;
  return http.rewordError(error, { code: "ERR_VENDOR_DENIED", advice });
}
