/** The facts that cost a call for each account: devices, bypass and groups. */

import { mapConcurrently } from "../../concurrency.ts";
import { hasCode, retryable, WardenError } from "../../errors.ts";
import { type Fact, type FactName, knownFact, NOT_ASKED, type Subject, unknownFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { readGroups } from "./accounts.ts";
import type { PingOneApi } from "./api.ts";
import { readBypass } from "./bypass.ts";
import { readDevices } from "./devices.ts";

const MAX_CONCURRENT_ACCOUNTS = 8;
/** So many reads may each exhaust their retries; after that the vendor is down, and going on would only take hours. */
const MAX_RETRYABLE_FAILURES = 16;

/** The same subjects, in the same order, with the wanted facts. */
export function completeFacts(
  api: PingOneApi,
  subjects: readonly Subject[],
  wanted: readonly FactName[],
  signal: AbortSignal,
): Promise<Subject[]> {
  const readOrUnknown = tolerantReader();
  return mapConcurrently(subjects, MAX_CONCURRENT_ACCOUNTS, async (subject) => {
    const { id, facts } = subject;
    const [devices, bypass, groups] = await Promise.all([
      wanted.includes("devices") ? readOrUnknown(readDevices(api, id, signal).then(knownFact)) : facts.devices,
      wanted.includes("bypass") ? readOrUnknown(readBypass(api, id, signal)) : (facts.bypass ?? NOT_ASKED),
      wanted.includes("groups") ? readOrUnknown(readGroups(api, id, signal)) : facts.groups,
    ]);
    return { ...subject, facts: { ...facts, devices, bypass, groups } };
  });
}

/**
 * Reads facts of many accounts. One account's failure leaves its fact unknown, with the reason; a refused credential, a
 * caller that gave up or a vendor that is down ends them all.
 */
function tolerantReader() {
  let retryableFailures = 0;
  return async <T>(work: Promise<Fact<T>>): Promise<Fact<T>> => {
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
