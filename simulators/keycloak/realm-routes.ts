/** The simulated realm itself: its settings, its flows and actions, its groups. */

import type { Answer } from "../shared/answers.ts";
import { answerDocument, answerError, answerJson, showGroup } from "./answers.ts";
import { type ApiCall, type Handler, holds, seesAll } from "./call.ts";
import type { Group, User } from "./people.ts";
import type { Tenant } from "./tenant.ts";
import { withUser } from "./user-routes.ts";

export const realmHandlers: Record<string, Handler> = {
  "GET realm": showRealm,
  "GET executions": (tenant, { id }) =>
    holds(tenant, "view-realm") ? orUnknown(tenant.settings.flows.get(id), "Flow not found") : undefined,
  "GET config": (tenant, { id }) => (holds(tenant, "view-realm") ? showConfig(tenant, id) : undefined),
  "GET actions": (tenant) =>
    holds(tenant, "view-realm", "view-users", "query-users") ? answerJson(tenant.settings.actions) : undefined,
  "GET memberships": listMemberships,
  "GET groups": (tenant) =>
    seesAll(tenant) ? answerJson(tenant.groups.filter(({ parentId }) => !parentId).map(showGroup)) : undefined,
  "GET group": readGroup,
};

const orUnknown = (found: unknown, error: string): Answer =>
  found === undefined ? answerError(404, error) : answerJson(found);

/** Whoever has any role is shown a little of it; only view-realm shows its flows. */
function showRealm(tenant: Tenant): Answer | undefined {
  const { realm, roles, settings } = tenant;
  if (roles.length === 0) return undefined;
  if (!holds(tenant, "view-realm"))
    return answerDocument({ realm, bruteForceProtected: false, organizationsEnabled: false });
  const { browserFlow, directGrantFlow, adminEventsExpiration } = settings;
  return answerDocument({
    id: "bfc69d94",
    realm,
    enabled: true,
    browserFlow,
    directGrantFlow,
    // Absent until somebody has set it.
    attributes: adminEventsExpiration === 0 ? {} : { adminEventsExpiration: String(adminEventsExpiration) },
    adminPermissionsEnabled: tenant.visible !== undefined,
  });
}

function showConfig({ settings }: Tenant, id: string): Answer {
  const config = settings.configs.get(id);
  return config
    ? answerDocument({ id, alias: "condition", config })
    : answerError(404, "Could not find authenticator config");
}

function listMemberships(tenant: Tenant, call: ApiCall): Answer | undefined {
  return withUser(tenant, call, (user) => {
    const first = Number(call.query.get("first") ?? 0);
    return answerJson(
      groupsOf(tenant, user)
        .slice(first, first + Number(call.query.get("max") ?? 100))
        .map(showGroup),
    );
  });
}

const groupsOf = ({ groups }: Tenant, user: User): Group[] => groups.filter(({ id }) => user.groups.includes(id));

/** That there is no such group, everybody is told. */
function readGroup(tenant: Tenant, { id }: ApiCall): Answer | undefined {
  const group = tenant.groups.find((one) => one.id === id);
  if (!group) return answerError(404, "Could not find group by id");
  return seesAll(tenant) ? answerDocument(showGroup(group)) : undefined;
}
