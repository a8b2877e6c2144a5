/** How much of the tenant the app may see. https://learn.microsoft.com/graph/permissions-overview */

import type { Coverage } from "../../model/index.ts";
import { rolesOf } from "./access-token.ts";
import type { EntraApi } from "./api.ts";

/** Each of them shows every user of the tenant: an application permission is never for a part. */
const USER_ROLES = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/** A directory role could be for one administrative unit; an application permission is for the tenant. */
export async function readCoverage(api: EntraApi, signal: AbortSignal): Promise<Coverage> {
  const roles = rolesOf(await api.token.get(signal));
  if (roles === undefined) return { extent: "unknown", why: "its access token does not show its permissions" };
  if (roles.some((role) => USER_ROLES.includes(role))) return { extent: "whole" };
  const why =
    "it has no application permission to read users, so a role for an administrative unit may show it only a part";
  return { extent: "unknown", why };
}
