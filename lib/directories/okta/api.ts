/** Okta's management API as this folder calls it: addresses, credentials by scope, limits, and pages by the `Link` header. https://developer.okta.com/docs/api */

import * as v from "valibot";
import { hasCode } from "../../errors.ts";
import {
  type ApiResponseTo,
  callAuthorized,
  type HttpClient,
  httpClient,
  paginate,
  RETRY_IDEMPOTENT,
} from "../../http/index.ts";
import { type Clock, omitUndefined } from "../../model/index.ts";
import { allowedOrigins, withoutTrailingSlash } from "../vendor.ts";
import { type BudgetOf, openBudgets } from "./budgets.ts";
import { describeVendorError } from "./schema.ts";
import { scopeOf } from "./scopes.ts";
import { type OktaNeeds, oktaId, type Settings } from "./settings.ts";
import { openTokens, type Tokens } from "./token.ts";

export interface OktaRequest<S extends v.GenericSchema> {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  /** With `{id}` and `{other}` where ids stand. */
  readonly path: string;
  readonly id?: string;
  readonly other?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A page's `next`, in place of the path's own address. */
  readonly url?: string | undefined;
  readonly body?: object;
  readonly schema: S;
  readonly signal: AbortSignal;
}

export interface OktaApi {
  /** The org's address. */
  readonly org: string;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly clientId: string | undefined;
  call<S extends v.GenericSchema>(request: OktaRequest<S>): Promise<ApiResponseTo<S>>;
  /** The body of each page. */
  pages<S extends v.GenericSchema>(request: OktaRequest<S>): AsyncGenerator<v.InferOutput<S>>;
  /** The org's public page. Sends no credential. */
  reach(signal: AbortSignal): Promise<string | undefined>;
  readonly tokens: Tokens;
  readonly vendorError: HttpClient["vendorError"];
  readonly rewordError: HttpClient["rewordError"];
}

interface ApiContext {
  readonly http: HttpClient;
  readonly tokens: Tokens;
  readonly org: string;
  readonly budgetOf: BudgetOf;
}

/** Where an org may be without its secret saying so. */
const OKTA_HOST = /\.(okta|oktapreview|okta-emea|okta-gov|okta\.mil|trexcloud)\.com$|\.okta\.mil$/;

const ADVICE_BY_CODE = {
  ERR_VENDOR_DENIED:
    "does not allow this; the app needs both the scope and an admin role that covers it, see docs/okta.md",
  ERR_VENDOR_ORIGIN:
    "would have sent its credential to a host that is not Okta's; put a custom domain under origins in the secret",
};

export function oktaApi(needs: OktaNeeds): OktaApi {
  const { settings, secret, clock } = needs;
  const org = withoutTrailingSlash(settings.org);
  const { hostname, origin } = new URL(org);
  const http = httpClient({
    directory: needs.id,
    fetch: needs.fetch,
    clock,
    origins: allowedOrigins(OKTA_HOST.test(hostname) ? [origin] : [], secret),
    adviceByCode: ADVICE_BY_CODE,
    describeVendorError,
    ...omitUndefined({ sleep: needs.sleep }),
  });
  const tokens = openTokens(needs, http, org);
  const context = { http, tokens, org, budgetOf: openBudgets(needs) };
  return {
    org,
    settings,
    clock,
    clientId: secret.clientId,
    call: (request) => call(context, request),
    pages: (request) => pages(context, request),
    reach: (signal) => reach(context, signal),
    tokens,
    vendorError: http.vendorError,
    rewordError: http.rewordError,
  };
}

const FOREIGN_LINK = "linked to another host for its next page, which was not called";

async function call<S extends v.GenericSchema>(
  context: ApiContext,
  request: OktaRequest<S>,
): Promise<ApiResponseTo<S>> {
  const { http, tokens, budgetOf } = context;
  const { method = "GET", path, body, schema, signal } = request;
  const url = addressOf(context, request);
  const content = body === undefined ? {} : { "content-type": "application/json" };
  return callAuthorized(tokens.forScope(scopeOf(method, path)), signal, ({ scheme, token, prover }) =>
    http.call({
      method,
      url,
      path,
      headers: { authorization: `${scheme} ${token}`, ...content },
      body: body && JSON.stringify(body),
      possession: prover && { prover, token },
      // To put somebody into a group or take somebody out of it twice does no harm.
      retry: method === "PUT" || method === "DELETE" ? RETRY_IDEMPOTENT : undefined,
      budget: budgetOf(method, path),
      schema,
      signal,
    }),
  );
}

function addressOf({ http, org }: ApiContext, request: OktaRequest<v.GenericSchema>): string {
  const { method = "GET", path, id = "", other = "", query, url } = request;
  if (url !== undefined) {
    if (URL.parse(url)?.origin === new URL(org).origin) return url;
    throw http.vendorError("ERR_VENDOR_ORIGIN", { method, path }, FOREIGN_LINK);
  }
  const isId = (name: string, value: string) => !path.includes(name) || v.is(oktaId, value);
  if (!isId("{id}", id) || !isId("{other}", other))
    throw http.vendorError("ERR_VENDOR_NOT_FOUND", { method, path }, "has no such id, since Okta's look otherwise");
  const address = org + path.replace("{id}", id).replace("{other}", other);
  return query === undefined ? address : `${address}?${new URLSearchParams(query)}`;
}

async function* pages<S extends v.GenericSchema>(
  context: ApiContext,
  request: OktaRequest<S>,
): AsyncGenerator<v.InferOutput<S>> {
  const loopError = () =>
    context.http.vendorError("ERR_READ_LOOP", { method: "GET", path: request.path }, "gave the same page twice");
  const readPage = (url: string) => call(context, { ...request, url });
  for await (const { body } of paginate(addressOf(context, request), readPage, loopError)) yield body;
}

/** Answers Okta's clock; any refusal is an answer too. */
async function reach({ http, org }: ApiContext, signal: AbortSignal): Promise<string | undefined> {
  const path = "/.well-known/okta-organization";
  try {
    return (await http.call({ method: "GET", url: org + path, path, schema: v.unknown(), signal })).date;
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_AUTH", "ERR_VENDOR_DENIED")) throw error;
    return undefined;
  }
}
