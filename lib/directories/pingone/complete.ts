/** The facts that cost a call for each account: devices, bypass and groups. */

import { mapConcurrently } from "../../concurrency.ts";
import { type FactName, knownFact, NOT_ASKED, type Subject } from "../../model/index.ts";
import { tolerantReader } from "../tolerant-reader.ts";
import { readGroups } from "./accounts.ts";
import type { PingOneApi } from "./api.ts";
import { readBypass } from "./bypass.ts";
import { readDevices } from "./devices.ts";

const MAX_CONCURRENT_ACCOUNTS = 8;

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
