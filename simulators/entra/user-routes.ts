/** The users of the simulated tenant: listed, counted, read, and their per-user MFA. */

import type { Answer } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerJson, answerNothing, answerProblem, showUser } from "./answers.ts";
import type { GraphCall, Handler } from "./call.ts";
import { stateIn } from "./faults.ts";
import { answerPage } from "./paging.ts";
import type { User } from "./people.ts";
import type { Tenant } from "./tenant.ts";

export const userHandlers: Record<string, Handler> = {
  "GET users": listUsers,
  "GET user": readUser,
  "GET groupsOfUser": listGroups,
  "GET requirements": readRequirements,
  "PATCH requirements": changeRequirements,
};

const noProperty = (name: string): Answer =>
  answerProblem(400, "BadRequest", `Could not find a property named '${name}' on type 'microsoft.graph.user'.`);

function listUsers(tenant: Tenant, call: GraphCall): Answer {
  const { searchParams } = call.url;
  const select = selected(tenant, call);
  if (typeof select === "string") return noProperty(select);
  const order = searchParams.get("$orderby");
  if (order !== null && order !== "userPrincipalName" && order !== "displayName")
    return answerProblem(400, "Request_UnsupportedQuery", "Sorting not supported for current query.");
  const wantsCount = searchParams.get("$count") === "true" && call.headers.consistencylevel === "eventual";
  const rows = filtered(tenant, searchParams.get("$filter"));
  if (!rows) return answerProblem(400, "Request_UnsupportedQuery", "Unsupported Query.");
  return answerPage(call, {
    rows,
    show: (user) => showUser(shownUser(tenant, user), select),
    usualSize: 100,
    maxSize: tenant.pageSize,
    count: wantsCount ? rows.length : undefined,
  });
}

/** The fields that were asked for; the name of one that is refused. */
function selected({ settings }: Tenant, { url }: GraphCall): string[] | string | undefined {
  const names = url.searchParams.get("$select")?.split(",");
  const serving = settings.perUserMfaState ?? "served";
  if (!names?.includes("perUserMfaState") || serving === "served") return names;
  return serving === "refused" ? "perUserMfaState" : names.filter((name) => name !== "perUserMfaState");
}

function filtered({ users }: Tenant, filter: string | null): readonly User[] | undefined {
  if (filter === null) return users.all();
  const name = /^userPrincipalName eq '((?:[^']|'')*)'$/.exec(filter)?.[1]?.replaceAll("''", "'");
  if (name === undefined) return undefined;
  return users.all().filter(({ userPrincipalName }) => userPrincipalName.toLowerCase() === name.toLowerCase());
}

/** With the state that shows now. */
function shownUser({ late, now }: Tenant, user: User): User {
  const held = late.get(user.id);
  return held && now() < held.until ? { ...user, perUserMfaState: held.state } : user;
}

const noUser = (id: string): Answer =>
  answerProblem(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );

function readUser(tenant: Tenant, call: GraphCall): Answer {
  const user = tenant.users.find(call.id);
  if (!user) return noUser(call.id);
  const select = selected(tenant, call);
  if (typeof select === "string") return noProperty(select);
  return answerJson({
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
    ...showUser(shownUser(tenant, user), select),
  });
}

function listGroups(tenant: Tenant, call: GraphCall): Answer {
  const user = tenant.users.find(call.id);
  if (!user) return noUser(call.id);
  return answerPage(call, { rows: user.groups, show: (id) => ({ id }), usualSize: 100, maxSize: tenant.pageSize });
}

function readRequirements(tenant: Tenant, { id }: GraphCall): Answer {
  const user = tenant.users.find(id);
  return user ? answerJson({ perUserMfaState: shownUser(tenant, user).perUserMfaState }) : noUser(id);
}

const STATES = ["disabled", "enabled", "enforced"];

function changeRequirements(tenant: Tenant, { id, body, hits }: GraphCall): Answer {
  const { users, late, now } = tenant;
  const user = users.find(id);
  if (!user) return noUser(id);
  const state = stateIn(body);
  if (typeof state !== "string" || !STATES.includes(state)) return answerProblem(400);
  const delay = findFault(hits, "late-effect");
  if (delay) late.set(user.id, { state: user.perUserMfaState, until: now() + delay.seconds * 1000 });
  if (!findFault(hits, "no-effect")) users.change(user.id, { perUserMfaState: state });
  return answerNothing();
}
