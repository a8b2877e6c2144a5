/** The error of a call whose connection broke off or never came about: which host, and why, in plain words. */

import type { WardenError } from "../errors.ts";
import { networkCause } from "../network-cause.ts";
import type { Deadline } from "./deadline.ts";
import { type CallPlace, type MakeVendorError, placeOf } from "./vendor-error.ts";

interface BrokenCall extends CallPlace {
  readonly url: string;
}

/** @param error what fetch, or the wait before it, threw */
export function brokenCallError(
  vendorError: MakeVendorError,
  call: BrokenCall,
  deadline: Deadline,
  error: unknown,
): WardenError {
  const code = deadline.codeOfBreak();
  const host = new URL(call.url).host;
  if (code === "ERR_VENDOR_TIMEOUT") {
    const seconds = Math.ceil(deadline.limitMs / 1000);
    return vendorError(code, placeOf(call), `did not answer at ${host} within ${seconds} s; try again later`);
  }
  if (code !== "ERR_VENDOR_UNREACHABLE") return vendorError(code, placeOf(call));
  const cause = networkCause(error) ?? "the connection failed";
  const advice = `cannot be reached at ${host}: ${cause}; check the network and its endpoints`;
  return vendorError(code, placeOf(call), advice);
}
