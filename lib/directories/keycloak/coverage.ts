/** How much of the realm a client may see, by the roles in its own access token. https://www.keycloak.org/docs/latest/server_admin/#_fine_grained_permissions */

import type { Coverage } from "../../model/index.ts";
import type { KeycloakApi } from "./api.ts";

/** Whoever has one of these sees every user, whatever fine-grained permissions say. */
const SEES_ALL = ["view-users", "manage-users"];
/** Shows whom fine-grained permissions name, and counts the same. */
const QUERIES = "query-users";

export async function readCoverage(api: KeycloakApi, signal: AbortSignal): Promise<Coverage> {
  const roles = (await api.claims(signal))?.roles;
  if (roles === undefined)
    return {
      extent: "unknown",
      why: "its access token names no role for the realm, be it that it has none or that they are left out of its tokens",
    };
  if (roles.some((role) => SEES_ALL.includes(role))) return { extent: "whole" };
  if (roles.includes(QUERIES)) return { extent: "limited", limitedTo: ["users that fine-grained permissions show it"] };
  return { extent: "limited", limitedTo: ["nobody"] };
}
