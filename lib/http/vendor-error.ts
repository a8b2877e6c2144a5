/** The errors of vendor calls: which code a status means, and the sentence that says what to do next. */

import { type Code, WardenError } from "../errors.ts";
import type { FailedCall } from "../model/index.ts";

/** Where a call goes, as far as an error may say it. */
export interface CallPlace {
  readonly method: string;
  /** The url's path with placeholders where ids stand. */
  readonly path: string;
}

export type AdviceByCode = Readonly<Partial<Record<Code, string>>>;

/** What may be kept of a vendor's error body. */
export interface VendorErrorDetail extends Pick<FailedCall, "vendorCode" | "said" | "requestId" | "targets"> {
  /** The vendor's own words, printable and free of secrets: the error carries them, and nothing records them. */
  readonly sentence?: string | undefined;
}

/** The call that an error is about, with what is known of its failure. */
type ErrorSubject = FailedCall & CallPlace & Pick<VendorErrorDetail, "sentence">;

/** Makes the error of one call. @param advice how the sentence "Directory x" goes on; default: by the code */
export type MakeVendorError = (code: Code, subject: ErrorSubject, advice?: string) => WardenError;

/**
 * @param calledParty whom errors name, like "Directory x"
 * @param own advice of this vendor, in place of the general one
 */
export function vendorErrorMaker(calledParty: string, own: AdviceByCode = {}): MakeVendorError {
  const adviceByCode: AdviceByCode = { ...ADVICE_BY_CODE, ...own };
  return (code, { sentence, ...detail }, advice = adviceByCode[code] ?? "failed") => {
    const { method, path, status } = detail;
    const place = status === undefined ? `${method} ${path}` : `${method} ${path} answered ${status}`;
    return new WardenError(code, `${calledParty} ${advice} (${place}).`, detail, sentence);
  };
}

/** What an error is to say in place of what it says. */
export interface NewWording {
  readonly code: Code;
  /** How the sentence "Directory x" goes on. */
  readonly advice: string;
}

/** Says in other words what failed. The call that it names stays the one that failed. */
export type RewordError = (error: WardenError, wording: NewWording) => WardenError;

export const errorReworder =
  (vendorError: MakeVendorError): RewordError =>
  (error, { code, advice }) => {
    const { method = "", path = "" } = error.detail;
    return vendorError(code, { ...error.detail, method, path, sentence: error.vendorSentence }, advice);
  };

/** Nothing of a request but its place: an error must not hold its headers, query or body. */
export const placeOf = ({ method, path }: CallPlace): CallPlace => ({ method, path });

export function codeOfStatus(status: number): Code {
  if (status === 401) return "ERR_VENDOR_AUTH";
  if (status === 403) return "ERR_VENDOR_DENIED";
  if (status === 404) return "ERR_VENDOR_NOT_FOUND";
  if (status === 429) return "ERR_VENDOR_THROTTLED";
  return status < 500 ? "ERR_VENDOR_REJECTED" : "ERR_VENDOR_UNAVAILABLE";
}

const ADVICE_BY_CODE: AdviceByCode = {
  ERR_VENDOR_AUTH: "does not accept the credentials; check its secret",
  ERR_VENDOR_DENIED: "does not allow this to the credentials; give them the permission that is missing",
  ERR_VENDOR_NOT_FOUND: "does not know what was asked for; check its settings",
  ERR_VENDOR_REJECTED: "rejected the request; check its settings",
  ERR_VENDOR_THROTTLED: "limits the rate of requests; try again later",
  ERR_VENDOR_UNAVAILABLE: "has a fault on the vendor's side; try again later",
  ERR_VENDOR_UNREACHABLE: "cannot be reached; check the network and its endpoints",
  ERR_VENDOR_TIMEOUT: "did not answer in time; try again later",
  ERR_VENDOR_REDIRECT: "answered with a redirect, which is never followed; check its endpoints",
  ERR_VENDOR_FORMAT: "answered with something that is not JSON; check its endpoints, or try again later",
  ERR_VENDOR_OVERSIZE: "answered with more than 32 MiB, which is refused; check its endpoints",
  ERR_VENDOR_ORIGIN:
    "would have sent its credential to a host that is not the vendor's and that its secret does not name under origins",
  ERR_ABORTED: "was stopped, because the step that it belongs to ended",
};
