/** Keycloak's admin API as this folder calls it: addresses, the bearer token with its roles. https://www.keycloak.org/docs-api/latest/rest-api/index.html */

import type * as v from "valibot";
import { hasCode } from "../../errors.ts";
import {
  type ApiResponseTo,
  callAuthorized,
  clientCredentials,
  type HttpClient,
  httpClient,
  type TokenSource,
} from "../../http/index.ts";
import type { Clock } from "../../model/index.ts";
import { allowedOrigins, withoutTrailingSlash } from "../vendor.ts";
import { describeVendorError, realmPage } from "./schema.ts";
import { type KeycloakNeeds, MASTER_REALM, type Settings } from "./settings.ts";
import { claimsOf, type TokenClaims } from "./token-claims.ts";

export type QueryPair = [name: string, value: string];

/** One call below the realm's address; default: a read. */
export interface KeycloakRequest<S extends v.GenericSchema> {
  readonly method?: "GET" | "PUT";
  /** With `{id}` where an id stands. */
  readonly path: string;
  readonly id?: string;
  /** Pairs where a name comes several times. */
  readonly query?: Readonly<Record<string, string>> | readonly QueryPair[];
  /** Sent as JSON. */
  readonly body?: object;
  readonly schema: S;
  readonly signal: AbortSignal;
}

export interface KeycloakApi {
  /** Where the realm's part of the admin API begins. */
  readonly address: string;
  readonly settings: Settings;
  readonly clock: Clock;
  call<S extends v.GenericSchema>(request: KeycloakRequest<S>): Promise<ApiResponseTo<S>>;
  /** Throws when nothing answers, or no such realm. Sends no credential. */
  reach(signal: AbortSignal): Promise<void>;
  readonly token: TokenSource;
  /** What the access token says; `undefined` where it cannot be read. */
  claims(signal: AbortSignal): Promise<TokenClaims | undefined>;
  /** What the client may administer in the realm, as the token said that was last looked at. */
  roles(): readonly string[];
  readonly vendorError: HttpClient["vendorError"];
  readonly rewordError: HttpClient["rewordError"];
}

interface ApiContext {
  readonly http: HttpClient;
  readonly token: TokenSource;
  readonly address: string;
}

export function keycloakApi({ id, fetch, clock, settings, secret }: KeycloakNeeds): KeycloakApi {
  const server = withoutTrailingSlash(settings.server);
  const { realm, clientRealm = realm } = settings;
  const http = httpClient({
    directory: id,
    fetch,
    clock,
    origins: allowedOrigins([], secret),
    adviceByCode: ADVICE_BY_CODE,
    describeVendorError,
  });
  const token = clientCredentials({
    http,
    clock,
    clientId: secret.clientId,
    clientSecret: secret.clientSecret,
    url: `${server}/realms/${clientRealm}/protocol/openid-connect/token`,
    path: "/realms/{realm}/protocol/openid-connect/token",
  });
  const context = { http, token, address: `${server}/admin/realms/${realm}` };
  let roles: readonly string[] = [];
  return {
    address: context.address,
    settings,
    clock,
    call: (request) => call(context, request),
    reach: (signal) => reach(http, `${server}/realms/${realm}`, signal),
    token,
    claims: async (signal) => {
      const claims = claimsOf(await token.get(signal), managementClient(realm, clientRealm));
      roles = claims?.roles ?? [];
      return claims;
    },
    roles: () => roles,
    vendorError: http.vendorError,
    rewordError: http.rewordError,
  };
}

const ADVICE_BY_CODE = {
  ERR_VENDOR_DENIED:
    "does not allow this; give the client's service account the roles view-users, manage-users, view-realm and view-events",
  ERR_VENDOR_NOT_FOUND: "does not know what was asked for; check server and realm in the policy",
  ERR_VENDOR_ORIGIN:
    "would have sent its credential to a server that its secret does not name; put the server's origin under origins in the secret",
};

/** The client whose roles let others administer the realm: of the realm itself, or of the master realm for it. */
const managementClient = (realm: string, clientRealm: string): string =>
  clientRealm === MASTER_REALM ? `${realm}-realm` : "realm-management";

async function call<S extends v.GenericSchema>(
  context: ApiContext,
  { method = "GET", path, id = "", query, body, schema, signal }: KeycloakRequest<S>,
): Promise<ApiResponseTo<S>> {
  const { http, token, address } = context;
  const place = { method, path: `/admin/realms/{realm}${path}` };
  if (path.includes("{id}") && !isId(id))
    throw http.vendorError("ERR_VENDOR_NOT_FOUND", place, "has no such id, since no id of Keycloak's looks like that");
  const url = address + path.replace("{id}", encodeURIComponent(id));
  const content = body === undefined ? {} : { "content-type": "application/json" };
  return callAuthorized(token, signal, (bearer) =>
    http.call({
      ...place,
      url: query === undefined ? url : `${url}?${new URLSearchParams(query)}`,
      headers: { authorization: `Bearer ${bearer}`, ...content },
      body: body && JSON.stringify(body),
      schema,
      signal,
    }),
  );
}

/** A UUID, or `f:` with a provider's id and its own id of the user, for one that another store keeps. */
const isId = (id: string): boolean => /^[^/\\\p{Cc}]{1,255}$/u.test(id) && !/^\.+$/.test(id);

/** The realm's public page; any refusal is an answer too, but that there is no such realm. */
async function reach(http: HttpClient, url: string, signal: AbortSignal): Promise<void> {
  try {
    await http.call({ method: "GET", url, path: "/realms/{realm}", schema: realmPage, signal });
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_AUTH", "ERR_VENDOR_DENIED")) throw error;
  }
}
