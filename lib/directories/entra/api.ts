/** Microsoft Graph as this folder calls it: addresses, the bearer token, pages. https://learn.microsoft.com/graph/use-the-api */

import * as v from "valibot";
import { hasCode } from "../../errors.ts";
import {
  type ApiResponseTo,
  callAuthorized,
  callBudget,
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
import type { GraphRequest } from "./request.ts";
import { describeVendorError, type ODataList } from "./schema.ts";
import type { EntraNeeds } from "./settings.ts";
import { openToken } from "./token.ts";

export interface EntraApi {
  /** Where it begins. */
  readonly address: string;
  readonly clock: Clock;
  call<S extends v.GenericSchema>(request: GraphRequest<S>): Promise<ApiResponseTo<S>>;
  /** Every page of a listing, by its next links. Throws `ERR_READ_LOOP` when they go round in a circle. */
  pages<S extends v.GenericSchema<unknown, ODataList>>(request: GraphRequest<S>): AsyncGenerator<v.InferOutput<S>>;
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
  /** Of what Graph calls reports, audit logs among them: https://learn.microsoft.com/graph/throttling-limits */
  readonly reports: ReturnType<typeof callBudget>;
}

const REPORT_LIMIT = { calls: 5, perMs: 10_000 } as const;
const REPORT_PATH = /^\/(v1\.0|beta)\/(reports|auditLogs)\//;

export function entraApi(needs: EntraNeeds): EntraApi {
  const { clock, settings, secret } = needs;
  const addresses = addressesOf(settings);
  const http = httpClient({
    directory: needs.id,
    fetch: needs.fetch,
    clock,
    origins: allowedOrigins(addresses.origins, secret),
    adviceByCode: { ERR_VENDOR_DENIED: "does not allow this; docs/entra.md says which permission the app needs" },
    describeVendorError,
  });
  const token = openToken(needs, http, addresses);
  const context = { http, token, addresses, reports: callBudget({ ...REPORT_LIMIT, clock }) };
  return {
    address: addresses.graph,
    clock,
    call: (request) => call(context, request),
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
  request: GraphRequest<S>,
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
      // What is changed here is set to a value, and a batch only reads: twice does no harm.
      retry: method === "PATCH" || path.endsWith("/$batch") ? RETRY_IDEMPOTENT : undefined,
      budget: REPORT_PATH.test(path) ? context.reports : undefined,
      schema,
      signal,
    }),
  );
}

async function* pages<S extends v.GenericSchema<unknown, ODataList>>(
  context: ApiContext,
  request: GraphRequest<S>,
): AsyncGenerator<v.InferOutput<S>> {
  const readPage = async (url: string) => {
    const { body } = await call(context, { ...request, url });
    return { body, next: body["@odata.nextLink"] };
  };
  const loopError = () =>
    context.http.vendorError("ERR_READ_LOOP", { method: "GET", path: request.path }, "gave the same page twice");
  const first = request.url ?? urlOf(context, request);
  for await (const { body } of paginate(first, readPage, loopError)) yield body;
}

type Target = Pick<GraphRequest<v.GenericSchema>, "method" | "path" | "id" | "query">;

function urlOf({ http, addresses }: ApiContext, { method = "GET", path, id = "", query }: Target): string {
  if (path.includes("{id}") && !v.is(uuid, id)) {
    throw http.vendorError("ERR_VENDOR_NOT_FOUND", { method, path }, "has no such id, since Entra's ids are UUIDs");
  }
  const url = addresses.graph + path.replace("{id}", id);
  return query === undefined ? url : `${url}?${queryText(query)}`;
}

/** Names with `$` as they are: Graph documents them so. */
const queryText = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");

async function reach(context: ApiContext, signal: AbortSignal): Promise<void> {
  const path = "/v1.0/organization";
  try {
    await context.http.call({ method: "GET", url: urlOf(context, { path }), path, schema: v.unknown(), signal });
  } catch (error) {
    // Without a credential any refusal is an answer too.
    if (!hasCode(error, "ERR_VENDOR_AUTH", "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND")) throw error;
  }
}
