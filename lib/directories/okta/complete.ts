/** The facts that cost a call for each account: factors and groups. */

import { mapConcurrently } from "../../concurrency.ts";
import { type Device, type Fact, type FactName, knownFact, NOT_ASKED, type Subject } from "../../model/index.ts";
import { tolerantReader } from "../tolerant-reader.ts";
import type { OktaApi } from "./api.ts";
import { readFactors } from "./factors.ts";
import { readGroups } from "./users.ts";

/** Okta shows what the enrollment policy allows from the network that asks. */
const seenFromHere = (value: readonly Device[]): Fact<readonly Device[]> => ({ known: true, value, caveat: "network" });

const MAX_CONCURRENT_ACCOUNTS = 8;

/** The same subjects, in the same order, with the wanted facts. */
export async function completeFacts(
  api: OktaApi,
  subjects: readonly Subject[],
  wanted: readonly FactName[],
  signal: AbortSignal,
): Promise<Subject[]> {
  const readOrUnknown = tolerantReader();
  return mapConcurrently(subjects, MAX_CONCURRENT_ACCOUNTS, async (subject) => {
    const { id, facts } = subject;
    const [devices, groups] = await Promise.all([
      wanted.includes("devices") && facts.devices === NOT_ASKED
        ? readOrUnknown(readFactors(api, id, signal).then(seenFromHere))
        : facts.devices,
      wanted.includes("groups") && facts.groups === NOT_ASKED
        ? readOrUnknown(readGroups(api, id, signal).then(knownFact))
        : facts.groups,
    ]);
    return { ...subject, facts: { ...facts, devices, groups } };
  });
}
