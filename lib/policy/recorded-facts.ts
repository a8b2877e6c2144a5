/** The facts behind a verdict as the ledger keeps them, and how two readings of them compare. */

import {
  type Device,
  type Fact,
  type FactCaveats,
  type FactName,
  type FactTimes,
  isInFuture,
  type Judgement,
  type MfaBypass,
  NOT_ASKED,
  omitUndefined,
  type RecordedFacts,
  type Subject,
  type SubjectHistory,
  type SubjectState,
  type Verdict,
} from "../model/index.ts";
import { foldId } from "./fold.ts";
import { directoryRules } from "./matcher.ts";
import { profileFactsOnRecord } from "./profile.ts";
import { needsDevices } from "./proof.ts";
import type { Policy } from "./schema.ts";

const knownValue = <T>(fact: Fact<T>): T | null => (fact.known ? fact.value : null);
/** As it stands on record. */
export const deviceText = ({ method, usable, name }: Device): string =>
  `${method}${name === undefined ? "" : ` ${JSON.stringify(name)}`}${usable ? "" : "(unusable)"}`;

const deviceTexts = (devices: Fact<readonly Device[]>): string[] | null =>
  devices.known ? devices.value.map(deviceText).toSorted() : null;

/** When a bypass ends, or `true`; `undefined` for none, and for what nobody asked for. */
function bypassOnRecord(bypass: Fact<MfaBypass> | undefined): string | true | null | undefined {
  if (bypass === undefined || bypass === NOT_ASKED) return undefined;
  if (!bypass.known) return null;
  return bypass.value.active ? (bypass.value.until ?? true) : undefined;
}

/**
 * The facts that a verdict rests on, the same from sweep to sweep while they are the same: lists are sorted, `null` is what
 * is not known. Devices are written `sms`, `sms(unusable)` or `totp "their name"`; groups are only those that rules name.
 */
export function factsOnRecord(
  subject: Subject,
  judgement: Judgement,
  directory: string,
  policy: Policy,
  past: Pick<SubjectHistory, "written"> = {},
): RecordedFacts {
  if (subject.profile) return profileFactsOnRecord(subject.profile, past);
  const { active, enabled, population, groups, devices, bypass } = subject.facts;
  const { requirement } = judgement;
  const scope = directoryRules(policy, directory);
  const chosen =
    groups.known && scope.groups.size > 0 ? groups.value.filter((id) => scope.groups.has(foldId(id))) : undefined;
  const restsOnDevices = requirement !== undefined && needsDevices(requirement, subject);
  return omitUndefined({
    active: knownValue(active),
    enabled: knownValue(enabled),
    population: scope.populations.size > 0 ? knownValue(population) : undefined,
    groups: chosen?.toSorted(),
    devices: restsOnDevices ? deviceTexts(devices) : undefined,
    bypass: restsOnDevices ? bypassOnRecord(bypass) : undefined,
  });
}

/** When the facts on record were read, of those that were read earlier than the rest; `undefined`: none of them. */
export function factTimes({ facts, profile }: Subject, recorded: RecordedFacts): FactTimes | undefined {
  const all: Readonly<Record<string, Fact<unknown>>> = profile ? { used: profile.used } : { ...facts };
  const times = Object.entries(all).flatMap(([name, fact]) =>
    fact.known && fact.readAt !== undefined && name in recorded ? [[name, fact.readAt]] : [],
  );
  return times.length > 0 ? Object.fromEntries(times) : undefined;
}

/** What the facts on record do not show; `undefined`: nothing is known of the kind. */
export function factCaveats({ facts }: Subject, recorded: RecordedFacts): FactCaveats | undefined {
  const { devices, groups } = facts;
  const caveats = omitUndefined({
    devices: recorded.devices != null && devices.known ? devices.caveat : undefined,
    groups: recorded.groups != null && groups.known ? groups.caveat : undefined,
  });
  return Object.keys(caveats).length > 0 ? caveats : undefined;
}

/** Whether two sheets say the same wherever both say something. */
export const factsAgree = (a: RecordedFacts, b: RecordedFacts): boolean => differingFacts(a, b).length === 0;

/**
 * Names of the facts on which two sheets differ. A fact that one of them did not ask for is no difference: if a verdict rests on it,
 * the verdict differs.
 */
export function differingFacts(a: RecordedFacts, b: RecordedFacts): FactName[] {
  const names = Object.keys(a) as FactName[];
  return names.filter(
    (name) => a[name] != null && b[name] != null && JSON.stringify(a[name]) !== JSON.stringify(b[name]),
  );
}

/** Since when a subject has a verdict, as far back as the ledger goes. @param at when it was seen to have it; ISO 8601 */
export function verdictSince(state: SubjectState | undefined, verdict: Verdict, at: string): string {
  const stays = state !== undefined && state.departed === undefined && state.judgement.verdict === verdict;
  const since = state?.since ?? state?.event.at;
  // A clock that was ahead may have written it.
  return stays && since !== undefined && !isInFuture(since, Date.parse(at)) ? since : at;
}
