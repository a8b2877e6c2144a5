/** An Entra user as a subject: what each of its facts rests on. */

import * as v from "valibot";
import {
  type Device,
  type Fact,
  type Facts,
  knownFact,
  type MfaBypass,
  NOT_ASKED,
  type Subject,
  unknownFact,
} from "../../model/index.ts";
import { factReader } from "../facts.ts";
import { personKeysOf, timestamp } from "../fields.ts";
import { stateOf } from "./per-user-mfa.ts";
import { type EntraUser, printable } from "./schema.ts";
import type { TenantState } from "./tenant.ts";
import { mayAskForMfa } from "./tenant-facts.ts";

const readFact = factReader("Entra");

/** What else a user's facts rest on. */
export interface SubjectSources {
  readonly tenant: TenantState;
  /** Whether per-user MFA is what this policy goes by. */
  readonly perUserMfa: boolean;
  /** By the registration report. */
  readonly devices: Fact<readonly Device[]>;
  /** As the vendor says it; `undefined`: it does not say. */
  readonly state: unknown;
}

export function subjectOf(user: EntraUser, sources: SubjectSources): Subject {
  const isExternal = isExternalUser(user);
  const isRegisteredHere = sources.devices.known && sources.devices.value.length > 0;
  // With nothing registered here, a guest's second factor may be at home.
  const isUnproved = isExternal && !isRegisteredHere;
  const mfa = mfaFacts(sources);
  return {
    id: user.id,
    username: user.userPrincipalName,
    switchNeedsDevice: true,
    ...personKeysOf({ email: user.mail, employeeNumber: user.employeeId }),
    ...(isSynchroniser(user, sources.tenant) && { serviceAccount: true as const }),
    facts: {
      active: readFact(v.boolean(), user.accountEnabled, "accountEnabled"),
      enabled: isUnproved && !isOn(mfa.enabled) ? GUEST : mfa.enabled,
      devices: isUnproved && (sources.devices.known || sources.devices === NOT_ASKED) ? GUEST : sources.devices,
      bypass: mfa.bypass,
      population: NO_POPULATIONS,
      groups: NOT_ASKED,
      createdAt: readFact(timestamp, user.createdDateTime, "createdDateTime"),
    },
  };
}

const NO_POPULATIONS = unknownFact("Entra ID has no populations");
const GUEST = unknownFact("a guest, who may do MFA in the home tenant, and nothing is registered here");

const isOn = (fact: Fact<boolean>): boolean => fact.known && fact.value;

/** Who was invited is a guest in this sense also as a member. https://learn.microsoft.com/entra/external-id/user-properties */
export const isExternalUser = ({ userType, creationType }: Pick<EntraUser, "userType" | "creationType">): boolean =>
  userType === "Guest" || creationType === "Invitation";

const isSynchroniser = ({ id }: EntraUser, { synchronisers }: TenantState): boolean =>
  synchronisers.known && synchronisers.value.has(id.toLowerCase());

type MfaSources = Pick<SubjectSources, "state" | "tenant" | "perUserMfa">;

/**
 * `enforced` is on. `enabled` is on too, and until the person has registered a device the password alone goes through legacy
 * protocols. https://learn.microsoft.com/entra/identity/authentication/howto-mfa-userstates
 */
export function mfaFacts(sources: MfaSources): { enabled: Fact<boolean>; bypass: Fact<MfaBypass> } {
  if (sources.state === undefined) return { enabled: NOT_ASKED, bypass: NOT_ASKED };
  const state = stateOf(sources.state);
  if (state === undefined) {
    const why = unknownFact(
      `its perUserMfaState is "${printable(String(sources.state))}", which this version does not know`,
    );
    return { enabled: why, bypass: why };
  }
  const enabled = state === "disabled" ? disabledFact(sources) : knownFact(true);
  return { enabled, bypass: knownFact({ active: state === "enabled" }) };
}

/** A tenant that uses Conditional Access has everybody disabled: it would be wrong to say of them all that MFA is off. */
function disabledFact({ tenant, perUserMfa }: MfaSources): Fact<boolean> {
  return perUserMfa || !mayAskForMfa(tenant) ? knownFact(false) : ASKED_ELSEWHERE;
}

const ASKED_ELSEWHERE = unknownFact(
  "its per-user MFA is disabled, and security defaults or Conditional Access, which no verdict rests on, may ask for MFA",
);

/** The facts that a change of the state alters. */
export const withState = (facts: Facts, sources: MfaSources): Facts => ({ ...facts, ...mfaFacts(sources) });
