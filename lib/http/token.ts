/** One OAuth client-credentials token, fetched when it is needed and shared by all calls of a directory (RFC 6749 section 4.4). */

import * as oauth from "oauth4webapi";
import * as v from "valibot";
import { type Cache, type Cached, cacheUntil } from "../concurrency.ts";
import { hasStatus, WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import type { HttpClient } from "./client.ts";
import { RETRY_IDEMPOTENT } from "./retry.ts";

/** A token is renewed this long before it ends, so that it does not end on its way. */
export const TOKEN_RENEWAL_MARGIN_MS = 60_000;
/** For a server that does not say how long its token lives (RFC 6749 section 5.1 only recommends that it does). */
export const DEFAULT_TOKEN_LIFETIME_S = 300;

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

/** Its `get` throws `ERR_VENDOR_AUTH` when the server does not accept the client. */
export interface TokenSource extends Pick<Cache<string>, "get" | "drop"> {
  /** What the last token may do, if the server says so. */
  scopes(): readonly string[];
}

export function clientCredentials(needs: TokenNeeds): TokenSource {
  let scopes: readonly string[] = [];

  async function fetchToken(signal: AbortSignal): Promise<Cached<string>> {
    try {
      const { access_token, expires_in = DEFAULT_TOKEN_LIFETIME_S, scope } = await requestToken(needs, signal);
      scopes = scope?.split(" ").filter(Boolean) ?? [];
      return { value: access_token, until: needs.clock() + expires_in * 1000 - TOKEN_RENEWAL_MARGIN_MS };
    } catch (error) {
      throw tokenError(needs, error);
    }
  }

  const { get, drop } = cacheUntil(needs.clock, fetchToken);
  return {
    get,
    drop,
    scopes: () => scopes,
  };
}

async function requestToken(needs: TokenNeeds, signal: AbortSignal): Promise<oauth.TokenEndpointResponse> {
  const { http, url, path, clientSecret, form = {} } = needs;
  const server = { issuer: new URL(url).origin, token_endpoint: url };
  const client = { client_id: needs.clientId };
  const answer = await oauth.clientCredentialsGrantRequest(server, client, basicAuth(clientSecret), form, {
    // Which http may be spoken is the client's to say: only to loopback.
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: async (address, { headers, body }) => {
      const { body: json } = await http.call({
        method: "POST",
        url: address,
        path,
        headers,
        body,
        retry: RETRY_IDEMPOTENT,
        schema: v.looseObject({}),
        signal,
      });
      return Response.json(json);
    },
  });
  return oauth.processClientCredentialsResponse(server, client, answer);
}

function tokenError({ http, path }: TokenNeeds, error: unknown): WardenError {
  const place = { method: "POST", path };
  if (!(error instanceof WardenError)) {
    return http.vendorError("ERR_VENDOR_FORMAT", place, "answered without a usable access token; check its endpoints");
  }
  if (!hasStatus(error, 400, 401, 403)) return error;
  const advice = "does not accept the client; check clientId and clientSecret in its secret";
  return http.vendorError("ERR_VENDOR_AUTH", { ...error.detail, ...place }, advice);
}

/** Basic authentication. oauth4webapi's own writes `-` as `%2D`, which a server that does not decode refuses. */
const basicAuth =
  (secret: string): oauth.ClientAuth =>
  (_server, { client_id }, _body, headers) => {
    const pair = `${encodeURIComponent(client_id)}:${encodeURIComponent(secret)}`;
    headers.set("authorization", `Basic ${Buffer.from(pair).toString("base64")}`);
  };
