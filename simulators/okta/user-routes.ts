/** The users of the simulated org, their factors and groups, and who is in a group. */

import type { Answer } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerError, answerJson, answerNothing, showGroup, showUser } from "./answers.ts";
import { type ApiCall, answerPage, type Handler, NOT_FOUND } from "./call.ts";
import type { User } from "./people.ts";
import type { Tenant } from "./tenant.ts";

export const userHandlers: Record<string, Handler> = {
  "GET users": listUsers,
  "GET user": (tenant, { id }) => withUser(tenant, id, (user) => answerJson(showUser(user))),
  "GET factors": (tenant, { id }) =>
    withUser(tenant, id, ({ factors, created }) =>
      answerJson(factors.map((factor) => ({ ...factor, created, lastUpdated: created, vendorName: factor.provider }))),
    ),
  "GET memberships": (tenant, { id }) =>
    withUser(tenant, id, (user) => answerJson(tenant.groups.filter((group) => isIn(user, group)).map(showGroup))),
  "GET groups": (tenant, call) => {
    if (Number(call.url.searchParams.get("limit") ?? 1) > 10_000) return answerError(400);
    return answerPage(call, tenant.groups, { show: showGroup, most: 10_000 });
  },
  "GET group": (tenant, { id }) => {
    const group = tenant.groups.find((one) => one.id === id);
    return group ? answerJson(showGroup(group)) : NOT_FOUND;
  },
  "GET members": listMembers,
  "PUT member": changeMember,
  "DELETE member": changeMember,
};

/** Everybody who is not deactivated is in the group of all. */
const isIn = ({ groups, status }: User, { id, type }: { id: string; type: string }): boolean =>
  type === "BUILT_IN" ? status !== "DEPROVISIONED" : groups.includes(id);

/** Whoever is deactivated is left out, unless a filter asks for somebody. */
function listUsers({ users, pageSize }: Tenant, call: ApiCall): Answer {
  const filter = call.url.searchParams.get("filter");
  const page = { show: showUser, most: pageSize };
  const all = [...users.values()];
  if (filter === null)
    return answerPage(
      call,
      all.filter(({ status }) => status !== "DEPROVISIONED"),
      page,
    );
  const login = /^profile\.login eq "((?:[^"\\]|\\.)*)"$/.exec(filter)?.[1]?.replace(/\\(.)/g, "$1");
  if (login === undefined) return answerError(400, "E0000031");
  return answerPage(
    call,
    all.filter((user) => user.login.toLowerCase() === login.toLowerCase()),
    page,
  );
}

/** By its id or its login; `me` is whose API token it is. */
function withUser({ users, owner }: Tenant, id: string, answer: (user: User) => Answer): Answer {
  const wanted = id === "me" ? owner : id;
  const user = users.get(wanted) ?? [...users.values()].find(({ login }) => login === wanted);
  return user ? answer(user) : NOT_FOUND;
}

function listMembers({ users, groups, memberPageSize }: Tenant, call: ApiCall): Answer {
  const group = groups.find(({ id }) => id === call.id);
  if (!group) return NOT_FOUND;
  return answerPage(
    call,
    [...users.values()].filter((user) => isIn(user, group)),
    { show: showUser, most: memberPageSize },
  );
}

function changeMember(tenant: Tenant, { id, other, method, hits }: ApiCall): Answer {
  const group = tenant.groups.find((one) => one.id === id);
  const user = tenant.users.get(other);
  if (!group || !user) return NOT_FOUND;
  if (group.type !== "OKTA_GROUP") return answerError(403);
  if (findFault(hits, "no-effect")) return answerNothing;
  const others = user.groups.filter((one) => one !== id);
  user.groups = method === "PUT" ? [...others, id] : others;
  tenant.tell(method === "PUT" ? "group.user_membership.add" : "group.user_membership.remove", user.id);
  return answerNothing;
}
