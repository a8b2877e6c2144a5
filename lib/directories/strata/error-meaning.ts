/** What each error of Strata Cloud Manager means, and what to do about it. https://pan.dev/scm/api */

import { type Code, WardenError } from "../../errors.ts";
import type { HttpClient } from "../../http/index.ts";
import type { FailedCall } from "../../model/index.ts";
import { hasPhrase, hasVendorCode } from "./vendor-error.ts";

/** The method and path of the call that failed, with placeholders. */
interface CallPlace {
  readonly method: string;
  readonly path: string;
}

/** The same error with what this vendor means by it; one that is not the vendor's stays as it is. */
export function explainError(http: Pick<HttpClient, "rewordError">, place: CallPlace, error: unknown): unknown {
  if (!(error instanceof WardenError) || error.detail.status === undefined) return error;
  // Of the token's call, which fails on the way to this one.
  if (error.detail.path !== place.path) return error;
  const meaning = meaningOf(error.detail, place);
  return meaning ? http.rewordError(error, meaning) : error;
}

interface ErrorMeaning {
  readonly code: Code;
  /** How "Directory x" goes on. */
  readonly advice: string;
}

/** Whether the vendor ended our session, which it tells with any status. */
export const isEndedSession = (detail: FailedCall): boolean => hasVendorCode(detail, "4");

/** By HTTP status first, since E016 means one thing with 401 and another with 409; a session's end has any status. */
function meaningOf(detail: FailedCall, place: CallPlace): ErrorMeaning | undefined {
  if (isEndedSession(detail)) return { code: "ERR_VENDOR_TIMEOUT", advice: "ended our session; try again later" };
  const { status = 0 } = detail;
  const found = ADVICE_BY_PHRASE[status]?.find(([phrase]) => hasPhrase(detail, phrase))?.[1];
  if (status === 400) return { code: "ERR_VENDOR_REJECTED", advice: rejectionAdvice(detail, found) };
  if (status === 401) return { code: "ERR_VENDOR_AUTH", advice: found ?? NOT_AUTHENTICATED };
  if (status === 403) return { code: "ERR_VENDOR_DENIED", advice: denialAdvice(place) };
  if (status === 404) return { code: "ERR_VENDOR_NOT_FOUND", advice: NOT_FOUND };
  if (status === 409) return { code: "ERR_VENDOR_REJECTED", advice: found ?? CONFLICT };
  if (hasVendorCode(detail, "E012")) return { code: "ERR_VENDOR_REJECTED", advice: NOT_OFFERED };
  if (status === 500) return { code: "ERR_VENDOR_UNAVAILABLE", advice: VENDOR_FAULT };
  return undefined;
}

const NOT_AUTHENTICATED =
  "does not accept a new access token either; check that its service account belongs to this tenant service group";
const NOT_FOUND = "has no such object; check the location in its settings";
const CONFLICT = "found a conflict; look at the profile in the console";
const NOT_OFFERED = "does not offer this call, so this tenant lacks the endpoint; ask Palo Alto Networks to enable it";
const VENDOR_FAULT =
  "has a fault on the vendor's side; try again later, and if it stays so, this tenant does not offer the endpoint";

/** What a status means with one of the vendor's phrases, in the order in which they count. */
const ADVICE_BY_PHRASE: Readonly<Record<number, readonly (readonly [phrase: string, advice: string])[]>> = {
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
    ["Not Authenticated", NOT_AUTHENTICATED],
  ],
  409: [
    ["Name Not Unique", "has another object of this name, which its folder may inherit; rename one of them"],
    ["Object Not Unique", "has this object more than once; remove one of them in the console"],
    ["Object Already Exists", "has this object already; look at it in the console"],
    ["Reference Not Zero", "still has references to this object; look at them in the console"],
  ],
};

function rejectionAdvice({ targets = [] }: FailedCall, thing = "the request"): string {
  const fields = targets.filter((target) => /^[a-z_]+$/.test(target));
  const about = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
  return `rejected ${thing}${about}; compare its settings with what is there, or report this`;
}

/** The vendor does not say which permission is missing, but what was asked for does. */
function denialAdvice({ method, path }: CallPlace): string {
  const roleThatMay = (what: string) => `does not allow this; give its service account a role that may ${what}`;
  if (path === "/authentication-profiles") return roleThatMay("see authentication profiles");
  if (path.startsWith("/jobs")) return roleThatMay("see configuration jobs");
  if (path.startsWith("/config-versions")) return roleThatMay("push the configuration");
  return roleThatMay(method === "GET" ? "see MFA servers" : "change MFA servers");
}
