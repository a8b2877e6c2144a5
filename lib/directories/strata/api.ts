/** Strata Cloud Manager's API as this folder calls it: addresses, one token for everything, errors explained. https://pan.dev/scm/api */

import type * as v from "valibot";
import { asWardenError, hasCode, hasStatus, type WardenError } from "../../errors.ts";
import {
  type ApiResponseTo,
  callAuthorized,
  clientCredentials,
  type HttpClient,
  httpClient,
  RETRY_IDEMPOTENT,
  RETRY_READ,
  type RetryPolicy,
  type TokenSource,
} from "../../http/index.ts";
import type { Clock } from "../../model/index.ts";
import { allowedOrigins } from "../vendor.ts";
import { explainError, isEndedSession } from "./error-meaning.ts";
import { type Addresses, addressesOf, type StrataNeeds, VENDOR_ORIGINS } from "./settings.ts";
import { describeVendorError } from "./vendor-error.ts";

/** One call of the API; default: a read. */
export interface StrataRequest<S extends v.GenericSchema> {
  readonly api: "config" | "operations";
  /** PUT replaces, and may be sent twice; POST makes something new. */
  readonly method?: "GET" | "PUT" | "POST";
  /** With `{id}` where an id stands. */
  readonly path: string;
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly schema: S;
  readonly signal: AbortSignal;
}

export interface StrataApi {
  /** Where the configuration begins. */
  readonly address: string;
  readonly clock: Clock;
  call<S extends v.GenericSchema>(request: StrataRequest<S>): Promise<ApiResponseTo<S>>;
  readonly token: TokenSource;
  readonly vendorError: HttpClient["vendorError"];
}

interface ApiContext {
  readonly http: HttpClient;
  readonly token: TokenSource;
  readonly addresses: Addresses;
}

const TOKEN_PATH = "/oauth2/access_token";

export function strataApi({ id, fetch, clock, settings, secret }: StrataNeeds): StrataApi {
  const addresses = addressesOf(settings);
  const http = httpClient({
    directory: id,
    fetch,
    clock,
    origins: allowedOrigins(VENDOR_ORIGINS, secret),
    describeVendorError,
  });
  const token = clientCredentials({
    http,
    clock,
    clientId: secret.clientId,
    clientSecret: secret.clientSecret,
    url: addresses.auth + TOKEN_PATH,
    path: TOKEN_PATH,
    form: { scope: `tsg_id:${settings.tenant}` },
  });
  const context = { http, token, addresses };
  return {
    address: addresses.config,
    clock,
    call: (request) => call(context, request),
    token,
    vendorError: http.vendorError,
  };
}

async function call<S extends v.GenericSchema>(
  context: ApiContext,
  request: StrataRequest<S>,
): Promise<ApiResponseTo<S>> {
  const { method = "GET", path } = request;
  try {
    return await callAuthorized(context.token, request.signal, (bearer) => send(context, request, bearer));
  } catch (error) {
    throw explainError(context.http, { method, path }, error);
  }
}

function send<S extends v.GenericSchema>(
  context: ApiContext,
  request: StrataRequest<S>,
  bearer: string,
): Promise<ApiResponseTo<S>> {
  const { method = "GET", path, body, schema, signal } = request;
  const content = body === undefined ? {} : { "content-type": "application/json" };
  return context.http.call({
    method,
    url: urlOf(context, request),
    path,
    headers: { authorization: `Bearer ${bearer}`, ...content },
    body: body && JSON.stringify(body),
    retry: RETRY_BY_METHOD[method],
    schema,
    signal,
  });
}

function urlOf({ addresses }: ApiContext, { api, path, id = "", query }: StrataRequest<v.GenericSchema>): string {
  const url = addresses[api] + path.replace("{id}", encodeURIComponent(id));
  return query === undefined ? url : `${url}?${new URLSearchParams(query)}`;
}

/** How often a request is sent whose session the vendor ended. */
const MAX_ATTEMPTS_IN_ENDED_SESSION = 3;

/** Also after a session that ended, which the vendor tells with any status; 401 takes a new token. */
const alsoAfterEndedSession = ({ maxAttempts, isRetryable }: RetryPolicy): RetryPolicy => ({
  maxAttempts,
  isRetryable: (error, attempt) =>
    isRetryable(error, attempt) ||
    (isEndedSession(error.detail) && !hasStatus(error, 401) && attempt < MAX_ATTEMPTS_IN_ENDED_SESSION),
});

/** A POST may make something, and is never sent again blindly. */
const RETRY_BY_METHOD = {
  GET: alsoAfterEndedSession(RETRY_READ),
  PUT: alsoAfterEndedSession(RETRY_IDEMPOTENT),
  POST: undefined,
};

/** The error where one call alone failed. Throws what ends all of them: a refused credential, a caller that gave up, what is not ours. */
export function asCallFailure(error: unknown): WardenError {
  const known = asWardenError(error);
  if (hasCode(known, "ERR_VENDOR_AUTH", "ERR_ABORTED")) throw known;
  return known;
}
