/** MFA server profiles as subjects: those that are there, and wanted ones that are not. */

import {
  type Facts,
  knownFact,
  omitUndefined,
  type ServerProfile,
  type Subject,
  unknownFact,
} from "../../model/index.ts";
import { compareProfile } from "./compare.ts";
import { isAtLocation, profileId, profileIdOf } from "./location.ts";
import type { ProfileRow } from "./schema.ts";
import type { Location } from "./settings.ts";
import { type ProfileUse, useFact } from "./use.ts";
import type { WantedProfile } from "./wanted-profiles.ts";

/** What holds for every profile of one directory. */
export interface ProfilePolicy extends Pick<ServerProfile, "version" | "adopt" | "pushed"> {
  readonly location: Location;
  readonly wanted: readonly WantedProfile[];
  /** Of the digests of masked secrets. */
  readonly maskKey: string;
}

/** @param id of a subject */
export const findWanted = ({ wanted, location }: ProfilePolicy, id: string): WantedProfile | undefined =>
  wanted.find(({ name }) => id === profileId(location, name));

export function presentProfile(row: ProfileRow, policy: ProfilePolicy, use: ProfileUse): Subject {
  const id = profileIdOf(row, policy.location);
  const wanted = isAtLocation(row, policy.location) ? findWanted(policy, id) : undefined;
  const { differs = [], masks, unreadable } = wanted ? compareProfile(row, wanted, policy.maskKey) : {};
  return subjectOf(id, row.name, policy, {
    wanted: wanted !== undefined,
    present: true,
    differs,
    used: useFact(use, row.name),
    ...omitUndefined({ masks, unreadable, vendorId: wanted && row.id }),
  });
}

export const absentProfile = ({ name }: WantedProfile, policy: ProfilePolicy, use: ProfileUse): Subject =>
  subjectOf(profileId(policy.location, name), name, policy, {
    wanted: true,
    present: false,
    differs: [],
    used: useFact(use, name),
  });

const FACTS: Facts = {
  active: knownFact(true),
  enabled: unknownFact("an MFA server profile has no switch"),
  devices: unknownFact("an MFA server profile has no devices"),
  population: unknownFact("an MFA server profile has no population"),
  groups: unknownFact("an MFA server profile has no groups"),
  createdAt: unknownFact("an MFA server profile has no time of creation"),
};

type SeenProfile = Pick<ServerProfile, "wanted" | "present" | "differs" | "used" | "masks" | "unreadable" | "vendorId">;

function subjectOf(id: string, username: string, policy: ProfilePolicy, seen: SeenProfile): Subject {
  const { version, adopt, pushed } = policy;
  return {
    id,
    username,
    facts: FACTS,
    profile: { ...seen, version, adopt, pushed },
  };
}
