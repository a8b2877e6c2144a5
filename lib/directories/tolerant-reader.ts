/** Reads facts that cost a call for each account, so that one account's failure is not everybody's. */

import { hasCode, retryable, WardenError } from "../errors.ts";
import { type Fact, unknownFact } from "../model/index.ts";
import { describeError } from "./doctor-check.ts";

/** So many reads may each exhaust their retries; after that the vendor is down, and going on would only take hours. */
const MAX_RETRYABLE_FAILURES = 16;

/**
 * Reads facts of many accounts. One account's failure leaves its fact unknown, with the reason; a refused credential, a
 * caller that gave up or a vendor that is down ends them all.
 */
export function tolerantReader(): <T>(work: Promise<Fact<T>>) => Promise<Fact<T>> {
  let retryableFailures = 0;
  return async (work) => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof WardenError) || hasCode(error, "ERR_VENDOR_AUTH", "ERR_ABORTED")) throw error;
      if (retryable(error)) retryableFailures += 1;
      if (retryableFailures > MAX_RETRYABLE_FAILURES) throw error;
      return unknownFact(describeError(error));
    }
  };
}
