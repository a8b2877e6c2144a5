/** One OAuth client-credentials token, fetched when it is needed and shared by all calls of a directory. */

import * as oauth from "oauth4webapi";
import * as v from "valibot";
import { WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import type { HttpClient } from "./client.ts";
import { cacheToken, type FetchedToken } from "./token-cache.ts";

/** Renewed this long before it ends, so that it does not end on its way. */
const EARLY_MS = 60_000;
/** Seconds; for a server that does not say (RFC 6749 section 5.1 only recommends it). */
const USUAL_LIFETIME = 300;

export interface TokenNeeds {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly url: string;
  /** The url's path with placeholders: all that an error says of it. */
  readonly path: string;
  /** More form fields, such as `scope`. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface TokenSource {
  /** Never remembers a failure. Throws `ERR_VENDOR_AUTH` when the server does not accept the client. */
  bearer(signal: AbortSignal): Promise<string>;
  /** Forgets this one, which the vendor no longer accepts, unless a newer one is here already. */
  drop(bearer: string): void;
  /** What the last token may do, if the server says so. */
  scopes(): readonly string[];
}

export function clientCredentials(needs: TokenNeeds): TokenSource {
  const { http, clock, clientId, clientSecret, url, path } = needs;
  const server = { issuer: new URL(url).origin, token_endpoint: url };
  const client = { client_id: clientId };
  const about = { method: "POST", path };
  let scopes: readonly string[] = [];

  async function request(signal: AbortSignal): Promise<FetchedToken<string>> {
    const answer = await oauth.clientCredentialsGrantRequest(server, client, basic(clientSecret), needs.form ?? {}, {
      // Which http may be spoken is http.ts's to say: only to loopback.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (address, { headers, body }) => {
        const call = { method: "POST", url: address, path, headers, body, idempotent: true } as const;
        return Response.json((await http.call({ ...call, schema: v.looseObject({}), signal })).body);
      },
    });
    const token = await oauth.processClientCredentialsResponse(server, client, answer);
    const lifetime = token.expires_in ?? USUAL_LIFETIME;
    scopes = token.scope?.split(" ").filter(Boolean) ?? [];
    return { value: token.access_token, until: clock() + lifetime * 1000 - EARLY_MS };
  }

  function explain(error: unknown): WardenError {
    if (!(error instanceof WardenError)) {
      return http.fault("ERR_VENDOR_FORMAT", about, "answered without a usable access token; check its endpoints");
    }
    if (![400, 401, 403].includes(error.detail.status ?? 0)) return error;
    const sentence = "does not accept the client; check clientId and clientSecret in its secret";
    return http.fault("ERR_VENDOR_AUTH", { ...error.detail, ...about }, sentence);
  }

  const kept = cacheToken(clock, (signal) => request(signal).catch((error: unknown) => Promise.reject(explain(error))));
  return { bearer: kept.get, drop: kept.drop, scopes: () => scopes };
}

/** Basic authentication that oauth4webapi's own would write with `-` as `%2D`, which a server that does not decode refuses. */
const basic =
  (secret: string): oauth.ClientAuth =>
  (_server, { client_id }, _body, headers) => {
    const pair = `${encodeURIComponent(client_id)}:${encodeURIComponent(secret)}`;
    headers.set("authorization", `Basic ${Buffer.from(pair).toString("base64")}`);
  };
