/** The roles of the simulated worker application, and which populations they show it. */

import type { Named } from "./people.ts";

/** A role that the client has. */
export interface Role {
  /** As PingOne names it; any other is a custom one. */
  name: string;
  /** Index of the one population that it is for; absent: it is for the environment. */
  population?: number;
  /** The type of its scope in place of the one that follows. */
  scopeType?: string;
}

/** The roles that show users. */
const USER_ROLES = new Set(["Identity Data Admin", "Identity Data Read Only"]);

/** Which populations the client sees, by id; undefined: all. */
export function populationFilter(roles: Role[], populations: Named[]): ((id: string) => boolean) | undefined {
  const relevant = roles.filter(({ name }) => USER_ROLES.has(name));
  if (relevant.length === 0 || relevant.some(({ population }) => population === undefined)) return undefined;
  const seen = new Set(relevant.map(({ population = 0 }) => populations[population]?.id));
  return (id) => seen.has(id);
}
