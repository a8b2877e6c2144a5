/** PingOne's API as this folder calls it: addresses, the bearer token, pages. https://developer.pingidentity.com/pingone-api */

import * as v from "valibot";
import { hasCode } from "../../errors.ts";
import {
  type ApiResponseTo,
  callAuthorized,
  clientCredentials,
  type HttpClient,
  httpClient,
  paginate,
  RETRY_IDEMPOTENT,
  type TokenSource,
} from "../../http/index.ts";
import type { Clock } from "../../model/index.ts";
import { uuid } from "../fields.ts";
import { allowedOrigins } from "../vendor.ts";
import { type Addresses, addressesOf, followedAt } from "./addresses.ts";
import type { PingOneRequest } from "./request.ts";
import { describeVendorError, type LinkedList } from "./schema.ts";
import { ACCOUNTS_ROLE, type PingOneNeeds } from "./settings.ts";

export interface PingOneApi {
  /** Where it begins. */
  readonly address: string;
  readonly environment: string;
  /** The id of the worker application, which is its client id too. */
  readonly application: string;
  readonly clock: Clock;
  call<S extends v.GenericSchema>(request: PingOneRequest<S>): Promise<ApiResponseTo<S>>;
  /** The address that a request goes to. */
  urlOf(request: Pick<PingOneRequest<v.GenericSchema>, "path" | "query">): string;
  /** Every page of a listing, by its `next` links. Throws `ERR_READ_LOOP` when they go round in a circle. */
  pages<S extends v.GenericSchema<unknown, LinkedList>>(request: PingOneRequest<S>): AsyncGenerator<v.InferOutput<S>>;
  /** Throws when nothing answers. Sends no credential. */
  reach(signal: AbortSignal): Promise<void>;
  readonly token: TokenSource;
  readonly vendorError: HttpClient["vendorError"];
  readonly rewordError: HttpClient["rewordError"];
}

interface ApiContext {
  readonly http: HttpClient;
  readonly token: TokenSource;
  readonly addresses: Addresses;
  readonly environment: string;
}

export function pingoneApi({ id, fetch, clock, settings, secret }: PingOneNeeds): PingOneApi {
  const addresses = addressesOf(settings);
  const http = httpClient({
    directory: id,
    fetch,
    clock,
    origins: allowedOrigins(addresses.origins, secret),
    adviceByCode: { ERR_VENDOR_DENIED: `does not allow this; give the worker application ${ACCOUNTS_ROLE}` },
    describeVendorError,
  });
  const token = clientCredentials({
    http,
    clock,
    clientId: secret.clientId,
    clientSecret: secret.clientSecret,
    url: addresses.token,
    path: "/{env}/as/token",
  });
  const context = { http, token, addresses, environment: settings.environment };
  return {
    address: addresses.api,
    environment: settings.environment,
    application: secret.clientId,
    clock,
    call: (request) => call(context, request),
    urlOf: (request) => urlOf(context, request),
    pages: (request) => pages(context, request),
    reach: (signal) => reach(context, signal),
    token,
    vendorError: http.vendorError,
    rewordError: http.rewordError,
  };
}

const FOREIGN_LINK = "linked to another host for its next page, which was not called";

async function call<S extends v.GenericSchema>(
  context: ApiContext,
  request: PingOneRequest<S>,
): Promise<ApiResponseTo<S>> {
  const { method = "GET", path, body, schema, signal } = request;
  const url = request.url === undefined ? urlOf(context, request) : followedAt(context.addresses, request.url);
  if (url === undefined) throw context.http.vendorError("ERR_VENDOR_ORIGIN", { method, path }, FOREIGN_LINK);
  const content = body === undefined ? {} : { "content-type": "application/json" };
  return callAuthorized(context.token, signal, (bearer) =>
    context.http.call({
      method,
      url,
      path,
      headers: { authorization: `Bearer ${bearer}`, ...content },
      body: body && JSON.stringify(body),
      retry: method === "PUT" ? RETRY_IDEMPOTENT : undefined,
      schema,
      signal,
    }),
  );
}

async function* pages<S extends v.GenericSchema<unknown, LinkedList>>(
  context: ApiContext,
  request: PingOneRequest<S>,
): AsyncGenerator<v.InferOutput<S>> {
  const readPage = async (url: string) => {
    const { body } = await call(context, { ...request, url });
    return { body, next: body._links.next?.href };
  };
  const loopError = () =>
    context.http.vendorError("ERR_READ_LOOP", { method: "GET", path: request.path }, "gave the same page twice");
  for await (const { body } of paginate(urlOf(context, request), readPage, loopError)) yield body;
}

type Target = Pick<PingOneRequest<v.GenericSchema>, "method" | "path" | "id" | "query">;

function urlOf({ http, addresses, environment }: ApiContext, { method = "GET", path, id = "", query }: Target): string {
  if (path.includes("{id}") && !v.is(uuid, id)) {
    throw http.vendorError("ERR_VENDOR_NOT_FOUND", { method, path }, "has no such id, since PingOne's ids are UUIDs");
  }
  const url = addresses.api + path.replace("{env}", environment).replace("{id}", id);
  return query === undefined ? url : `${url}?${new URLSearchParams(query)}`;
}

async function reach(context: ApiContext, signal: AbortSignal): Promise<void> {
  const path = "/environments/{env}";
  try {
    await context.http.call({
      method: "GET",
      url: urlOf(context, { path }),
      path,
      schema: v.unknown(),
      signal,
    });
  } catch (error) {
    // Without a credential any refusal is an answer too.
    if (!hasCode(error, "ERR_VENDOR_AUTH", "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND")) throw error;
  }
}
