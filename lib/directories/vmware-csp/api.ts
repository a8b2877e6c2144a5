/** VMware's API as this folder calls it: one address, and errors with the vendor's own words, free of secrets. */

import type * as v from "valibot";
import { hasCode, retryable } from "../../errors.ts";
import { type ApiResponseTo, type HttpClient, httpClient, type RetryPolicy } from "../../http/index.ts";
import type { Clock } from "../../model/index.ts";
import { allowedOrigins, withoutTrailingSlash } from "../vendor.ts";
import { describeVendorError } from "./schema.ts";
import { secretValues } from "./secret.ts";
import { VENDOR_ORIGINS, type VmwareNeeds } from "./settings.ts";

/** One call; default: a read. */
export interface VmwareRequest<S extends v.GenericSchema> {
  readonly method?: "GET" | "POST" | "PATCH";
  readonly path: string;
  /** A full address in place of the path's. */
  readonly url?: string;
  /** A form goes as it is, anything else as JSON. */
  readonly body?: object;
  readonly retry?: RetryPolicy;
  readonly schema: S;
  readonly signal: AbortSignal;
}

export interface VmwareApi {
  /** What stands before `/csp/gateway`. */
  readonly address: string;
  readonly clock: Clock;
  /** @param accessToken absent: the call needs none */
  call<S extends v.GenericSchema>(request: VmwareRequest<S>, accessToken?: string): Promise<ApiResponseTo<S>>;
  readonly vendorError: HttpClient["vendorError"];
  readonly rewordError: HttpClient["rewordError"];
}

const DENIED_ADVICE =
  "does not allow this; a service account's token cannot use the MFA API, so give a user account's own, and a member's for the listing";

export function vmwareApi({ id, fetch, clock, settings, secret }: VmwareNeeds): VmwareApi {
  const address = withoutTrailingSlash(settings.endpoints?.api ?? VENDOR_ORIGINS[0]);
  const hidden = secretValues(secret);
  const http = httpClient({
    directory: id,
    fetch,
    clock,
    origins: allowedOrigins(VENDOR_ORIGINS, secret),
    adviceByCode: { ERR_VENDOR_DENIED: DENIED_ADVICE },
    describeVendorError: (body) => describeVendorError(body, hidden),
  });
  return {
    address,
    clock,
    call: (request, accessToken) => call(http, address, request, accessToken),
    vendorError: http.vendorError,
    rewordError: http.rewordError,
  };
}

function call<S extends v.GenericSchema>(
  http: HttpClient,
  address: string,
  request: VmwareRequest<S>,
  accessToken: string | undefined,
): Promise<ApiResponseTo<S>> {
  const { method = "GET", path, url = address + path, body, retry, schema, signal } = request;
  const isForm = body instanceof URLSearchParams;
  const token = accessToken === undefined ? {} : { "csp-auth-token": accessToken };
  const content = body === undefined || isForm ? {} : { "content-type": "application/json" };
  return http.call({
    method,
    url,
    path,
    headers: { ...token, ...content },
    body: isForm ? body : body && JSON.stringify(body),
    retry,
    schema,
    signal,
  });
}

/** Whether the trouble may pass by itself, so that it says nothing of anybody's account. */
export const isTransient = (error: unknown): boolean => retryable(error) || hasCode(error, "ERR_VENDOR_FORMAT");
