/** A Keycloak user read as a subject. What protects nobody by the realm's sign-in counts for nothing. */

import * as v from "valibot";
import {
  type Device,
  type Fact,
  type Facts,
  knownFact,
  NOT_ASKED,
  omitUndefined,
  type Subject,
  unknownFact,
} from "../../model/index.ts";
import { factReader } from "../facts.ts";
import { personKeysOf } from "../fields.ts";
import { FACTOR_BY_ACTION, type RealmProtection } from "./protection.ts";
import { actionList, type User } from "./schema.ts";

const readFact = factReader("Keycloak");
const flag = v.boolean();
const MAX_TIME_MS = 8.64e15;
const timestampMs = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_TIME_MS));

const NO_POPULATION = unknownFact("Keycloak has no populations; name groups in the policy");

/** @param isService it is the account of a client, which nobody signs in with */
export function subjectOf(found: User, protection: RealmProtection, isService = false): Subject {
  const devices = listedDevices(found, protection);
  return {
    id: found.id,
    username: found.username,
    facts: {
      active: readFact(flag, found.enabled, "enabled"),
      enabled: enabledOf(found, devices, protection),
      devices,
      population: NO_POPULATION,
      groups: NOT_ASKED,
      createdAt: createdAtOf(found),
    },
    // To be asked for a device at the next sign-in proves nothing.
    switchNeedsDevice: true,
    ...personKeysOf({ email: found.email, employeeNumber: employeeNumberOf(found) }),
    ...omitUndefined({ serviceAccount: isService ? (true as const) : undefined }),
  };
}

const numberedEmployee = v.object({ employeeNumber: v.strictTuple([v.string()]) });

/** As LDAP's inetOrgPerson calls it; where an attribute has several values, none of them is it. */
function employeeNumberOf({ attributes }: User): string | undefined {
  const { success, output } = v.safeParse(numberedEmployee, attributes);
  return success ? output.employeeNumber[0] : undefined;
}

function createdAtOf({ createdTimestamp }: User): Fact<string> {
  const created = readFact(timestampMs, createdTimestamp, "createdTimestamp");
  return created.known ? knownFact(new Date(created.value).toISOString()) : created;
}

/** The listing tells of one-time passwords alone. Where the sign-in asks for nothing else, it tells all there is to know. */
function listedDevices({ totp }: User, { accepted }: RealmProtection): Facts["devices"] {
  if (!accepted.known) return accepted;
  if ([...accepted.value].some((factor) => factor !== "otp")) return NOT_ASKED;
  const registered = readFact(flag, totp, "totp");
  if (!registered.known) return registered;
  return knownFact(registered.value ? [{ method: "totp", usable: true }] : []);
}

/** On: a second factor is registered that the sign-in asks for, or the person is asked to register one. */
function enabledOf(found: User, devices: Facts["devices"], { accepted, actions }: RealmProtection): Fact<boolean> {
  if (!accepted.known) return accepted;
  const hasOtp = found.totp === true && accepted.value.has("otp");
  if (hasOtp || (devices.known && hasUsable(devices.value))) return knownFact(true);
  const asked = askedFor(found, actions);
  if (!asked.known || asked.value) return asked;
  return devices.known ? knownFact(false) : devices;
}

/** Whether the realm will ask this person at the next sign-in to register what it accepts. */
function askedFor({ requiredActions }: User, actions: RealmProtection["actions"]): Fact<boolean> {
  const asked = readFact(actionList, requiredActions, "requiredActions");
  if (!asked.known) return asked;
  const registering = asked.value.filter((action) => FACTOR_BY_ACTION.has(action));
  if (registering.length === 0) return knownFact(false);
  return actions.known ? knownFact(registering.some((action) => actions.value.has(action))) : actions;
}

export const hasUsable = (devices: readonly Device[]): boolean => devices.some(({ usable }) => usable);
