/** Calls of Strata Cloud Manager: one token for everything, and what its errors mean. https://pan.dev/scm/api */

import type * as v from "valibot";
import { type Code, hasStatus, WardenError } from "../../errors.ts";
import {
  type ApiResponseTo,
  callAuthorized,
  type HttpClient,
  RETRY_IDEMPOTENT,
  RETRY_READ,
  type RetryPolicy,
  type TokenSource,
} from "../../http/index.ts";
import type { FailedCall } from "../../model/index.ts";
import { hasVendorCode, says } from "./errors.ts";

/** One call. Without a body it reads. */
export interface Ask<S extends v.GenericSchema> {
  readonly of: "config" | "operations";
  /** With placeholders where ids stand. */
  readonly path: string;
  readonly method?: "GET" | "PUT" | "POST";
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly schema: S;
  readonly signal: AbortSignal;
}

export interface Api {
  call<S extends v.GenericSchema>(ask: Ask<S>): Promise<ApiResponseTo<S>>;
  vendorError: HttpClient["vendorError"];
}

export interface ApiNeeds {
  readonly http: HttpClient;
  readonly token: TokenSource;
  /** What stands before `/mfa-servers`, and before `/jobs`. */
  readonly bases: { readonly config: string; readonly operations: string };
}

/** How often a request is sent whose session the vendor ended. */
const MAX_ATTEMPTS_IN_ENDED_SESSION = 3;

export function strataApi({ http, token, bases }: ApiNeeds): Api {
  async function once<S extends v.GenericSchema>(ask: Ask<S>, bearer: string): Promise<ApiResponseTo<S>> {
    const { of, path, method = "GET", id = "", query = {}, body, schema, signal } = ask;
    const search = new URLSearchParams(query).toString();
    const address = `${bases[of]}${path.replace("{id}", encodeURIComponent(id))}`;
    const content = body === undefined ? {} : { "content-type": "application/json" };
    return http.call({
      method,
      path,
      schema,
      signal,
      retry: RETRY_BY_METHOD[method],
      url: search === "" ? address : `${address}?${search}`,
      headers: { authorization: `Bearer ${bearer}`, ...content },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function call<S extends v.GenericSchema>(ask: Ask<S>): Promise<ApiResponseTo<S>> {
    try {
      return await callAuthorized(token, ask.signal, (bearer) => once(ask, bearer));
    } catch (error) {
      throw error instanceof WardenError ? explained(error, ask) : error;
    }
  }

  function explained(error: WardenError, { method = "GET", path }: Ask<v.GenericSchema>): WardenError {
    const meaning = error.detail.status === undefined ? undefined : meaningOf(error.detail, method, path);
    return meaning ? http.vendorError(meaning.code, { ...error.detail, method, path }, meaning.sentence) : error;
  }

  return { call, vendorError: http.vendorError };
}

/** Also after a session that ended, which the vendor tells with any status; 401 takes a new token. */
const alsoAfterEndedSession = ({ maxAttempts, isRetryable }: RetryPolicy): RetryPolicy => ({
  maxAttempts,
  isRetryable: (error, attempt) =>
    isRetryable(error, attempt) ||
    (isTimeout(error.detail) && !hasStatus(error, 401) && attempt < MAX_ATTEMPTS_IN_ENDED_SESSION),
});
/** A POST may make something, and is never sent again blindly. */
const RETRY_BY_METHOD = {
  GET: alsoAfterEndedSession(RETRY_READ),
  PUT: alsoAfterEndedSession(RETRY_IDEMPOTENT),
  POST: undefined,
};

const isTimeout = (detail: FailedCall) => hasVendorCode(detail, "4");

interface Meaning {
  readonly code: Code;
  /** How "Directory x" goes on. */
  readonly sentence: string;
}

/** By HTTP status first, since E016 means one thing with 401 and another with 409; a session's end has any status. */
function meaningOf(detail: FailedCall, method: string, path: string): Meaning | undefined {
  const { status = 0 } = detail;
  if (isTimeout(detail)) return { code: "ERR_VENDOR_TIMEOUT", sentence: "ended our session; try again later" };
  const [about] = [...(MEANINGS[status] ?? [])].filter(([phrase]) => says(detail, phrase));
  if (status === 400) return { code: "ERR_VENDOR_REJECTED", sentence: rejected(detail, about?.[1]) };
  if (status === 401) return { code: "ERR_VENDOR_AUTH", sentence: about?.[1] ?? STRANGER };
  if (status === 403) return { code: "ERR_VENDOR_DENIED", sentence: denied(method, path) };
  if (status === 404)
    return { code: "ERR_VENDOR_NOT_FOUND", sentence: "has no such object; check the location in its settings" };
  if (status === 409)
    return {
      code: "ERR_VENDOR_REJECTED",
      sentence: about?.[1] ?? "found a conflict; look at the profile in the console",
    };
  if (hasVendorCode(detail, "E012")) return { code: "ERR_VENDOR_REJECTED", sentence: LACKING };
  if (status === 500) return { code: "ERR_VENDOR_UNAVAILABLE", sentence: FAULTY };
  return undefined;
}

const STRANGER =
  "does not accept a new access token either; check that its service account belongs to this tenant service group";
const LACKING = "does not offer this call, so this tenant lacks the endpoint; ask Palo Alto Networks to enable it";
const FAULTY =
  "has a fault on the vendor's side; try again later, and if it stays so, this tenant does not offer the endpoint";

/** What a status means with one of the vendor's phrases, in the order in which they count. */
const MEANINGS: Readonly<Record<number, readonly (readonly [phrase: string, sentence: string])[]>> = {
  400: [
    ["Input Format Mismatch", "the format of what was sent"],
    ["Output Format Mismatch", "the format that was asked for"],
    ["Missing Query Parameter", "a query parameter that is missing"],
    ["Invalid Query Parameter", "a query parameter that is not valid"],
    ["Missing Body", "a body that is missing"],
    ["Invalid Object", "an object that is not valid"],
    ["Invalid Command", "a command that is not valid"],
    ["Malformed Command", "a command that is not well formed"],
    ["Bad XPath", "an XPath that is not valid"],
    ["Name Not Unique", "a name that is there already"],
    ["Object Not Present", "a reference to an object that is not there"],
  ],
  401: [
    ["Password Needs To Be Changed", "wants the password of its service account changed; make a new clientSecret"],
    [
      "Key Expired",
      "says that the access token has expired, even a new one; check the clocks, and make a new clientSecret",
    ],
    ["Key Too Long", "says that the access token is too long; check that its endpoints are the vendor's"],
    ["Invalid Credential", "does not accept the credentials; check clientId and clientSecret in its secret"],
    ["Not Authenticated", STRANGER],
  ],
  409: [
    ["Name Not Unique", "has another object of this name, which its folder may inherit; rename one of them"],
    ["Object Not Unique", "has this object more than once; remove one of them in the console"],
    ["Object Already Exists", "has this object already; look at it in the console"],
    ["Reference Not Zero", "still has references to this object; look at them in the console"],
  ],
};

function rejected(detail: FailedCall, thing = "the request"): string {
  const fields = (detail.targets ?? []).filter((target) => /^[a-z_]+$/.test(target));
  const about = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
  return `rejected ${thing}${about}; compare its settings with what is there, or report this`;
}

/** The vendor does not say which permission is missing, but what was asked for does. */
function denied(method: string, path: string): string {
  const may = (what: string) => `does not allow this; give its service account a role that may ${what}`;
  if (path === "/authentication-profiles") return may("see authentication profiles");
  if (path.startsWith("/jobs")) return may("see configuration jobs");
  if (path.startsWith("/config-versions")) return may("push the configuration");
  return may(method === "GET" ? "see MFA servers" : "change MFA servers");
}
