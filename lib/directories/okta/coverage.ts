/** How much of the org a credential may see, by the admin roles that it has: a role may be limited to some groups. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentClient */

import * as v from "valibot";
import { hasCode } from "../../errors.ts";
import type { Coverage } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { textOrEmpty } from "../fields.ts";
import type { OktaApi } from "./api.ts";
import { withId } from "./schema.ts";

/** They see every user, and cannot be limited to some. */
const SEES_ALL = new Set(["SUPER_ADMIN", "ORG_ADMIN", "READ_ONLY_ADMIN"]);
/** They see users, maybe only those of the groups that they are limited to. */
const MAY_BE_LIMITED = new Set(["USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "CUSTOM"]);

const roleList = v.array(v.object({ type: textOrEmpty, status: textOrEmpty }));

export async function readCoverage(api: OktaApi, signal: AbortSignal): Promise<Coverage> {
  try {
    const roles = (await readRoles(api, signal)).filter(({ status }) => status !== "INACTIVE");
    if (roles.some(({ type }) => SEES_ALL.has(type))) return { extent: "whole" };
    if (roles.some(({ type }) => MAY_BE_LIMITED.has(type))) return { extent: "unknown", why: MAYBE_LIMITED };
    return { extent: "limited", limitedTo: ["what roles that see no users show it"] };
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND")) throw error;
    return { extent: "unknown", why: `its admin roles cannot be read (${describeError(error)})` };
  }
}

const MAYBE_LIMITED = "its admin role may be limited to some groups or to a resource set";

async function readRoles(api: OktaApi, signal: AbortSignal): Promise<v.InferOutput<typeof roleList>> {
  const path = api.clientId === undefined ? "/api/v1/users/{id}/roles" : "/oauth2/v1/clients/{id}/roles";
  const id = api.clientId ?? (await readOwnId(api, signal));
  return (await api.call({ path, id, schema: roleList, signal })).body;
}

/** Of the person whose API token this is. */
export async function readOwnId(api: OktaApi, signal: AbortSignal): Promise<string> {
  return (await api.call({ path: "/api/v1/users/me", schema: withId, signal })).body.id;
}
