/** Facts taken from the record: what the ledger wrote down of an account, read back as the vendor had said it. */

import { createHash } from "node:crypto";
import { type Device, type Fact, type FactName, omitUndefined, type SubjectState } from "../model/index.ts";
import { directoryRules } from "./matcher.ts";
import { deviceText } from "./recorded-facts.ts";
import { deviceOnRecord } from "./recorded-subject.ts";
import type { Policy } from "./schema.ts";

/** A fact on record, and when it was read; ISO 8601. */
export interface FactOnRecord {
  readonly fact: Fact<unknown>;
  readonly readAt: string;
}

/** `undefined`: nothing on record says as much of it as the vendor did. */
export function factFromRecord(
  name: FactName,
  state: SubjectState,
  directory: string,
  policy: Policy,
): FactOnRecord | undefined {
  const readAt = state.factsReadAt?.[name] ?? state.observedAt;
  const value =
    name === "devices" ? devicesFrom(state) : name === "groups" ? groupsFrom(state, directory, policy) : undefined;
  const caveat = state.factCaveats?.[name];
  return value && { fact: omitUndefined({ known: true as const, value, readAt, caveat }), readAt };
}

/** Of groups only those are on record that the rules named then. */
function groupsFrom(
  { facts, groupScope }: SubjectState,
  directory: string,
  policy: Policy,
): readonly string[] | undefined {
  if (groupScope === undefined || groupScope !== groupScopeOf(policy, directory)) return undefined;
  return Array.isArray(facts.groups) ? facts.groups : undefined;
}

/** Where one has a name, or this version does not know it, not all of it can be read back. */
function devicesFrom({ facts: { devices: texts } }: SubjectState): readonly Device[] | undefined {
  if (!Array.isArray(texts)) return undefined;
  const devices = texts.map(String).map(deviceOnRecord);
  const isWhole = devices.every((device, index) => device.method !== "unknown" && deviceText(device) === texts[index]);
  return isWhole ? devices : undefined;
}

const DIGEST_CHARACTERS = 12;

/** A digest of the groups that the rules of a directory name; `undefined`: they name none. */
export function groupScopeOf(policy: Policy, directory: string): string | undefined {
  const { groups } = directoryRules(policy, directory);
  if (groups.size === 0) return undefined;
  const hash = createHash("sha256").update(JSON.stringify([...groups].toSorted()));
  return hash.digest("base64url").slice(0, DIGEST_CHARACTERS);
}
