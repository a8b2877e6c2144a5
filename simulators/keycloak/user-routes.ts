/** The users of the simulated Keycloak: listed, counted, read, and changed. */

import { type Answer, fieldsOf } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerDocument, answerError, answerJson, answerMessage, answerNothing, showUser } from "./answers.ts";
import { type ApiCall, type Handler, holds, mayQuery, sees, seesAll } from "./call.ts";
import type { User } from "./people.ts";
import type { Tenant } from "./tenant.ts";

export const userHandlers: Record<string, Handler> = {
  "GET users": listUsers,
  "GET count": countUsers,
  "GET user": (tenant, call) => withUser(tenant, call, (user) => answerDocument(show(tenant, user, false))),
  "PUT user": updateUser,
  "GET credentials": (tenant, call) => withUser(tenant, call, ({ credentials }) => answerJson(credentials)),
};

const DEFAULT_MAX = 100;

const show = (tenant: Tenant, user: User, isBrief: boolean) => showUser(user, isBrief, holds(tenant, "manage-users"));

/** As many as were asked for. Who may only query is shown whom fine-grained permissions name. */
function listUsers(tenant: Tenant, { query }: ApiCall): Answer | undefined {
  if (!mayQuery(tenant)) return undefined;
  const first = Math.max(0, Number(query.get("first") ?? 0));
  const max = Number(query.get("max") ?? DEFAULT_MAX);
  const isBrief = query.get("briefRepresentation") === "true";
  const found = matching(tenant, query).filter((user) => sees(tenant, user));
  return answerJson(found.slice(first, first + max).map((user) => show(tenant, user, isBrief)));
}

/** Only a search by user name shows the accounts of clients too. */
function matching({ users }: Tenant, query: URLSearchParams): readonly User[] {
  const username = query.get("username")?.toLowerCase();
  const search = query.get("search")?.toLowerCase();
  if (username !== undefined && query.get("exact") === "true") {
    const named = users.named(username);
    return named ? [named] : [];
  }
  if (username !== undefined) return users.listed().filter((user) => user.username.includes(username));
  if (search === undefined) return users.listed();
  return users.listed().filter(({ username, email }) => username.startsWith(search) || email.startsWith(search));
}

/** Where no fine-grained permissions are set up, whoever may query is told the number of all. */
function countUsers(tenant: Tenant): Answer | undefined {
  if (!mayQuery(tenant)) return undefined;
  const all = tenant.users.listed();
  const isNarrowed = !seesAll(tenant) && tenant.visible !== undefined;
  return answerJson(isNarrowed ? all.filter((user) => sees(tenant, user)).length : all.length);
}

/** Somebody who may query is told that there is no such user; anybody else is told nothing. */
export function withUser(tenant: Tenant, { id }: ApiCall, answer: (user: User) => Answer): Answer | undefined {
  if (!mayQuery(tenant)) return undefined;
  const user = tenant.users.find(id);
  if (!user) return answerError(404, "User not found");
  return sees(tenant, user) ? answer(user) : undefined;
}

const FIELDS = new Set(
  "id username firstName lastName email emailVerified enabled attributes requiredActions credentials groups totp createdTimestamp federationLink".split(
    " ",
  ),
);

function updateUser(tenant: Tenant, call: ApiCall): Answer | undefined {
  const user = tenant.users.find(call.id);
  if (!user) return mayQuery(tenant) ? answerError(404, "User not found") : undefined;
  if (!holds(tenant, "manage-users")) return undefined;
  if (call.body === undefined) return answerError(400, "invalid_request");
  const fields = fieldsOf(call.body);
  const stray = Object.keys(fields).find((field) => !FIELDS.has(field));
  if (stray !== undefined)
    return answerError(400, `Invalid json representation for UserRepresentation. Unrecognized field "${stray}"`);
  const { requiredActions } = fields;
  if (requiredActions !== undefined && !isTexts(requiredActions)) return answerError(400, "unknown_error");
  if (user.readOnly)
    return answerMessage(
      400,
      `The user is read-only. Not possible to write 'required action' when updating user '${user.username}'.`,
    );
  if (!findFault(call.hits, "no-effect")) keep(tenant, user, { ...fields, requiredActions });
  return answerNothing;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

interface Change {
  requiredActions: string[] | undefined;
  attributes?: unknown;
  enabled?: unknown;
}

/** Actions that the realm has no provider for are neither added nor taken out. */
function keep({ settings, events }: Tenant, user: User, { requiredActions, attributes, enabled }: Change): void {
  if (requiredActions !== undefined) {
    const known = new Set(settings.actions.map(({ alias }) => alias));
    const kept = user.requiredActions.filter((action) => !known.has(action) || requiredActions.includes(action));
    const added = requiredActions.filter((action) => known.has(action) && !kept.includes(action));
    user.requiredActions = [...kept, ...added];
  }
  if (attributes !== undefined) user.attributes = attributes as User["attributes"];
  if (typeof enabled === "boolean") user.enabled = enabled;
  events.addByAdmin("UPDATE", "USER", `users/${user.id}`);
}
