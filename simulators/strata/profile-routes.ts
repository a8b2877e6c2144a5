/** The profiles of the simulated Strata Cloud Manager: listed, read, and changed in the candidate configuration. */

import { randomUUID } from "node:crypto";
import { type Answer, answerOk, type Document } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerProblem, answerUsualProblem } from "./answers.ts";
import { type ApiCall, answerPage, type Handler, refuseFields } from "./call.ts";
import { findInvalidFields, LOCATIONS, type Location, type Profile, placeOf, showProfile } from "./profile.ts";
import type { AuthenticationProfile, Tenant } from "./tenant.ts";

export const profileHandlers: Record<string, Handler> = {
  "GET servers": listServers,
  "GET server": readServer,
  "POST servers": createServer,
  "PUT server": replaceServer,
  "GET uses": (tenant, call) => listAt(tenant, call, tenant.authenticationProfiles, showAuthenticationProfile),
};

function listServers(tenant: Tenant, call: ApiCall): Answer {
  if (!["pre", "post"].includes(call.query.get("position") ?? ""))
    return answerProblem(400, "E003", "Missing Query Parameter: position");
  return listAt(tenant, call, tenant.configuration.candidate(), (profile) => showProfile(profile, tenant.freshMasks));
}

function showAuthenticationProfile(profile: AuthenticationProfile): Document {
  return { ...profile };
}

/** What is at the location that the query names, and what it inherits; 400 without exactly one location. */
function listAt<T extends Location & { name: string }>(
  tenant: Tenant,
  call: ApiCall,
  all: T[],
  show: (row: T) => Document,
): Answer {
  const { query } = call;
  const [location, ...others] = LOCATIONS.filter((key) => query.has(key));
  if (!location || others.length > 0) return answerUsualProblem(400);
  const inherited = location === "folder" ? tenant.inherited : [];
  const name = query.get("name");
  const rows = all
    .filter((row) => row[location] === query.get(location) || inherited.includes(placeOf(row)))
    .filter((row) => name === null || row.name === name);
  return answerPage(tenant, call, rows.map(show));
}

function readServer({ configuration, freshMasks }: Tenant, { id }: ApiCall): Answer {
  const profile = configuration.find(id);
  return profile ? answerOk(showProfile(profile, freshMasks)) : answerUsualProblem(404);
}

function createServer(tenant: Tenant, call: ApiCall): Answer {
  const invalid = findInvalidFields(call.body, tenant.needsPingOrg);
  if (invalid.length > 0) return refuseFields(invalid);
  const profile = { ...(call.body as Omit<Profile, "id">), id: randomUUID() };
  if (tenant.configuration.candidate().some((other) => isSameName(other, profile))) return answerUsualProblem(409);
  return keepProfile(tenant, call, profile, 201);
}

function isSameName(one: Profile, other: Profile): boolean {
  return one.name === other.name && placeOf(one) === placeOf(other);
}

function replaceServer(tenant: Tenant, call: ApiCall): Answer {
  if (!tenant.configuration.find(call.id)) return answerUsualProblem(404);
  const invalid = findInvalidFields(call.body, tenant.needsPingOrg);
  if (invalid.length > 0) return refuseFields(invalid);
  return keepProfile(tenant, call, { ...(call.body as Omit<Profile, "id">), id: call.id }, 200);
}

function keepProfile({ configuration, credentials }: Tenant, { hits }: ApiCall, profile: Profile, status: number) {
  if (!findFault(hits, "lost-update")) configuration.put(profile, credentials.clientId);
  return answerOk(showProfile(profile), status);
}
