/** A subject as a run recorded it: the inverse of `factsOnRecord`. What the record does not say counts as not asked. */

import {
  type AccountTraits,
  type Device,
  type Fact,
  knownFact,
  type MfaBypass,
  NOT_ASKED,
  omitUndefined,
  type RecordedFacts,
  type Subject,
  type Verdict,
} from "../model/index.ts";
import { needsDevices } from "./proof.ts";

/** What a run recorded of one account, as a row of its evidence has it. */
export interface RecordedSubject {
  readonly id: string;
  readonly username: string;
  readonly facts: RecordedFacts;
  /** As the run judged it when it read it. */
  readonly verdict: Verdict;
  readonly rule?: string | undefined;
  readonly requirement?: string | undefined;
  /** When it was read; ISO 8601. */
  readonly observedAt: string;
  /** Since when it has had this verdict; ISO 8601. */
  readonly since: string;
}

/** `groups` are those that the rules of the run's policy named, and no others; when it was created is not on record. */
export function subjectOnRecord(recorded: RecordedSubject, traits: AccountTraits): Subject {
  const { id, username, facts } = recorded;
  const { switchNeedsDevice } = traits;
  return {
    id,
    username,
    facts: {
      active: factOf(facts.active, isBoolean),
      enabled: factOf(facts.enabled, isBoolean),
      population: factOf(facts.population, isString),
      groups: factOf(facts.groups, isListOfStrings),
      devices: devicesOf(facts.devices),
      createdAt: NOT_ASKED,
      ...omitUndefined({ bypass: traits.mayBypass && bypassOf(recorded, traits) }),
    },
    ...omitUndefined({ switchNeedsDevice }),
  };
}

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isString = (value: unknown): value is string => typeof value === "string";
const isListOfStrings = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isString);

/** `null` on record is a fact that was not known, or not asked for: either way nobody knows it. */
const factOf = <T>(value: unknown, isWanted: (value: unknown) => value is T): Fact<T> =>
  isWanted(value) ? knownFact(value) : NOT_ASKED;

const METHODS: readonly Device["method"][] = [
  "sms",
  "voice",
  "email",
  "whatsapp",
  "totp",
  "push",
  "desktop",
  "fido2",
  "unknown",
];

/** `sms`, `sms(unusable)` or `totp "their name"`. */
const DEVICE = /^(\w+)(?: "(?:[^"\\]|\\.)*")?(\(unusable\))?$/s;

function devicesOf(value: unknown): Fact<readonly Device[]> {
  return isListOfStrings(value) ? knownFact(value.map(deviceOnRecord)) : NOT_ASKED;
}

/** Without its name. One that cannot be read is of a kind that nobody knows. */
export function deviceOnRecord(text: string): Device {
  const [, name, unusable] = DEVICE.exec(text) ?? [];
  return { method: METHODS.find((method) => method === name) ?? "unknown", usable: unusable === undefined };
}

/** No bypass is recorded as nothing at all, as one that nobody asked for is: only where the requirement was proved is there none. */
function bypassOf({ facts, verdict, requirement }: RecordedSubject, traits: AccountTraits): Fact<MfaBypass> {
  const { bypass } = facts;
  if (bypass === true) return knownFact({ active: true });
  if (isString(bypass)) return knownFact({ active: true, until: bypass });
  const restedOnIt = isRequirement(requirement) && needsDevices(requirement, traits);
  return bypass === undefined && verdict === "compliant" && restedOnIt ? knownFact({ active: false }) : NOT_ASKED;
}

const isRequirement = (text: string | undefined): text is "enabled" | "registered" | "phishing-resistant" =>
  text === "enabled" || text === "registered" || text === "phishing-resistant";
