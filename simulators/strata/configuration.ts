/** The candidate and the running configuration of the simulated Strata Cloud Manager, and who changed what. */

import { type Profile, placeOf } from "./profile.ts";

export interface Configuration {
  /** Copies. */
  candidate(): Profile[];
  running(): Profile[];
  find(id: string): Profile | undefined;
  put(profile: Profile, admin: string): void;
  remove(id: string, admin: string): void;
  /** What waits to be pushed. */
  pending(): (Change & { id: string })[];
  /** Makes what these administrators changed in these folders run; of all administrators where none is named. */
  push(folders: string[], admins: string[] | undefined): void;
}

interface Change {
  name: string;
  place: string;
  admin: string;
}

/** By profile id. */
interface State {
  candidate: Map<string, Profile>;
  running: Map<string, Profile>;
  changes: Map<string, Change>;
}

/** Creates a configuration without profiles. */
export function createConfiguration(): Configuration {
  const state: State = { candidate: new Map(), running: new Map(), changes: new Map() };
  return {
    candidate: () => structuredClone([...state.candidate.values()]),
    running: () => structuredClone([...state.running.values()]),
    find: (id) => structuredClone(state.candidate.get(id)),
    put: (profile, admin) => {
      state.candidate.set(profile.id, structuredClone(profile));
      recordChange(state, profile, admin);
    },
    remove: (id, admin) => {
      const profile = state.candidate.get(id);
      if (profile) recordChange(state, profile, admin);
      state.candidate.delete(id);
    },
    pending: () => [...state.changes].map(([id, change]) => ({ id, ...change })),
    push: (folders, admins) => push(state, folders, admins),
  };
}

function recordChange({ changes }: State, profile: Profile, admin: string): void {
  changes.set(profile.id, { name: profile.name, place: placeOf(profile), admin });
}

function push({ candidate, running, changes }: State, folders: string[], admins: string[] | undefined): void {
  for (const [id, { place, admin }] of changes) {
    if (!folders.includes(place) || (admins && !admins.includes(admin))) continue;
    const profile = candidate.get(id);
    if (profile) running.set(id, structuredClone(profile));
    else running.delete(id);
    changes.delete(id);
  }
}
