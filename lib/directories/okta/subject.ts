/** An Okta user read as a subject. */

import * as v from "valibot";
import { type Fact, knownFact, NOT_ASKED, omitUndefined, type Subject, unknownFact } from "../../model/index.ts";
import { factReader } from "../facts.ts";
import { personKeysOf, timestamp } from "../fields.ts";
import type { User } from "./schema.ts";

const readFact = factReader("Okta");
const NO_POPULATION = unknownFact("Okta has no populations; name groups in the policy");

/**
 * Every documented status, and whether the person can sign in, be it after a step that only the person takes: setting a password after
 * PROVISIONED, PASSWORD_EXPIRED and RECOVERY, unlocking by self-service after LOCKED_OUT. STAGED, SUSPENDED and DEPROVISIONED end by an
 * administrator alone.
 */
const IS_ACTIVE_BY_STATUS: ReadonlyMap<string, boolean> = new Map([
  ["ACTIVE", true],
  ["PROVISIONED", true],
  ["PASSWORD_EXPIRED", true],
  ["RECOVERY", true],
  ["LOCKED_OUT", true],
  ["STAGED", false],
  ["SUSPENDED", false],
  ["DEPROVISIONED", false],
]);

/** @param enabled whether it is bound to register a second factor */
export function subjectOf(
  found: User,
  enabled: Fact<boolean>,
  groups: Subject["facts"]["groups"] = NOT_ASKED,
): Subject {
  const { id, profile, lastUpdated } = found;
  return {
    id,
    username: profile.login,
    facts: {
      active: activeOf(found),
      enabled,
      devices: NOT_ASKED,
      population: NO_POPULATION,
      groups,
      createdAt: createdAtOf(found),
    },
    // To be bound to register proves nothing.
    switchNeedsDevice: true,
    ...personKeysOf(profile),
    ...omitUndefined({ updatedAt: v.is(timestamp, lastUpdated) ? lastUpdated : undefined }),
  };
}

function activeOf({ status }: User): Fact<boolean> {
  const read = readFact(v.string(), status, "status");
  if (!read.known) return read;
  const active = IS_ACTIVE_BY_STATUS.get(read.value);
  return active === undefined
    ? unknownFact("Okta answered with a status that this version does not know")
    : knownFact(active);
}

function createdAtOf({ created }: User): Fact<string> {
  const read = readFact(timestamp, created, "created");
  return read.known ? knownFact(new Date(read.value).toISOString()) : read;
}
