/** The facts that cost a call for each account: credentials and groups. */

import { mapConcurrently } from "../../concurrency.ts";
import { type FactName, knownFact, NOT_ASKED, type Subject } from "../../model/index.ts";
import { tolerantReader } from "../tolerant-reader.ts";
import type { AccountSource } from "./accounts.ts";
import { readFactors } from "./credentials.ts";
import { type GroupTree, readGroups } from "./groups.ts";
import { hasUsable } from "./subject.ts";

const MAX_CONCURRENT_ACCOUNTS = 8;

/** The same subjects, in the same order, with the wanted facts. */
export async function completeFacts(
  { api, protection }: AccountSource,
  subjects: readonly Subject[],
  wanted: readonly FactName[],
  signal: AbortSignal,
): Promise<Subject[]> {
  const { accepted } = await protection.get(signal);
  const readOrUnknown = tolerantReader();
  const tree: GroupTree = new Map();
  const wantsDevices = wanted.includes("devices") || wanted.includes("enabled");
  return mapConcurrently(subjects, MAX_CONCURRENT_ACCOUNTS, async (subject) => {
    const { id, facts } = subject;
    const [devices, groups] = await Promise.all([
      wantsDevices && accepted.known && facts.devices === NOT_ASKED
        ? readOrUnknown(readFactors(api, id, accepted.value, signal).then(knownFact))
        : facts.devices,
      wanted.includes("groups") ? readOrUnknown(readGroups(api, tree, id, signal).then(knownFact)) : facts.groups,
    ]);
    return { ...subject, facts: { ...facts, devices, groups, enabled: enabledBy(facts.enabled, devices) } };
  });
}

/** Whether somebody is asked to register a second factor, the listing has told; whether one is there, only these tell. */
function enabledBy(
  enabled: Subject["facts"]["enabled"],
  devices: Subject["facts"]["devices"],
): Subject["facts"]["enabled"] {
  if (enabled !== NOT_ASKED) return enabled;
  return devices.known ? knownFact(hasUsable(devices.value)) : devices;
}
