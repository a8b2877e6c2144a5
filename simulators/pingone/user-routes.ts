/** The users of the simulated PingOne: listed, read, and changed. */

import { type Answer, answerOk, fieldsOf } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import type { Filter, Page } from "./account-list.ts";
import {
  answerProblem,
  showBypass,
  showDevices,
  showList,
  showSwitch,
  showUser,
  writeUser,
  writeUsers,
} from "./answers.ts";
import { type ApiCall, type Handler, refuseField } from "./call.ts";
import { type Paging, pageLinks, readPaging } from "./paging.ts";
import type { Tenant } from "./tenant.ts";

export const userHandlers: Record<string, Handler> = {
  "GET users": listUsers,
  "GET user": readUser,
  "PUT user": updateUser,
  "PATCH user": updateUser,
  "GET mfaEnabled": readSwitch,
  "PUT mfaEnabled": changeSwitch,
  "GET bypassMFA": readBypass,
  "PUT bypassMFA": allowBypass,
  "GET devices": readDevices,
};

function listUsers(tenant: Tenant, call: ApiCall): Answer {
  const { base, environment, accounts } = tenant;
  const paging = readPaging(call, tenant.pageSize);
  if (!paging) return refuseField("limit", "INVALID_VALUE", "is not valid");
  const filter = readFilter(call.url.searchParams.get("filter"));
  if (!filter) return refuseField("filter", "INVALID_VALUE", "is not valid");
  const { indexes, after } = cutPage(tenant, call, paging, filter);
  const people = indexes.map(accounts.show);
  const count = findFault(call.hits, "empty") ? 0 : accounts.count(filter);
  const page = { ...pageLinks(call.url, after), count };
  if (call.hits.length === 0) {
    return {
      status: 200,
      body: writeUsers(
        people.map((person) => writeUser(base, environment, person)),
        page,
      ),
    };
  }
  // Faults spoil documents, not text.
  const users = people.map((person) => showUser(base, environment, person));
  return answerOk(showList("users", users, page));
}

function cutPage({ accounts }: Tenant, { hits }: ApiCall, { after, limit }: Paging, filter: Filter): Page {
  if (findFault(hits, "empty")) return { indexes: [] };
  const size = Math.min(limit, findFault(hits, "short-page")?.size ?? limit);
  const page = accounts.page(after, size, filter);
  if (findFault(hits, "lost-page"))
    return page.after === undefined ? { indexes: [] } : accounts.page(page.after, size, filter);
  if (findFault(hits, "duplicate-page") && after >= 0)
    return { ...page, indexes: accounts.before(after, size, filter) };
  if (findFault(hits, "duplicate-user"))
    return { ...page, indexes: [...accounts.before(after, 1, filter), ...page.indexes] };
  return page;
}

const FILTERS: [field: keyof Filter, pattern: RegExp][] = [
  ["population", /^population\.id eq "([^"]+)"$/i],
  ["group", /^memberOfGroups\[id eq "([^"]+)"\]$/i],
  ["username", /^username eq "([^"]+)"$/i],
];

/** Undefined when it makes no sense. */
function readFilter(text: string | null): Filter | undefined {
  if (text === null) return {};
  const [field, pattern] = FILTERS.find(([, pattern]) => pattern.test(text.trim())) ?? [];
  const value = pattern?.exec(text.trim())?.[1];
  return field && value !== undefined ? { [field]: value } : undefined;
}

function readUser(tenant: Tenant, call: ApiCall): Answer {
  const { base, environment, accounts } = tenant;
  const index = accounts.find(call.id);
  if (index === undefined) return answerProblem(404);
  const withGroups = (call.url.searchParams.get("include") ?? "").split(",").includes("memberOfGroupIDs");
  return answerOk(showUser(base, environment, accounts.show(index), withGroups));
}

function updateUser(tenant: Tenant, call: ApiCall): Answer {
  const { accounts, now } = tenant;
  const index = accounts.find(call.id);
  if (index === undefined) return answerProblem(404);
  const { mfaEnabled, enabled, username } = fieldsOf(call.body);
  if (mfaEnabled !== undefined && mfaEnabled !== accounts.show(index).mfaEnabled) {
    return refuseField("mfaEnabled", "INVALID_VALUE", "can only be changed by its own operation");
  }
  accounts.change(index, {
    ...(typeof enabled === "boolean" ? { enabled } : {}),
    ...(typeof username === "string" ? { username } : {}),
    updatedAt: timeOf(now),
  });
  return readUser(tenant, call);
}

const timeOf = (now: () => number) => new Date(now()).toISOString();

function readSwitch({ base, accounts }: Tenant, { id }: ApiCall): Answer {
  const index = accounts.find(id);
  return index === undefined ? answerProblem(404) : answerOk(showSwitch(base, id, accounts.show(index).mfaEnabled));
}

function changeSwitch(tenant: Tenant, { id, body, hits }: ApiCall): Answer {
  const { base, accounts, now } = tenant;
  const index = accounts.find(id);
  if (index === undefined) return answerProblem(404);
  const { mfaEnabled, ...others } = fieldsOf(body);
  if (typeof mfaEnabled !== "boolean") return refuseField("mfaEnabled", "REQUIRED_VALUE", "must be true or false");
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return refuseField(unknown, "INVALID_VALUE", "is not known here");
  const { mfaEnabled: before } = accounts.user(index);
  const late = findFault(hits, "late-effect");
  if (late) accounts.switchLate(index, mfaEnabled, now() + late.seconds * 1000);
  else if (!findFault(hits, "no-effect")) accounts.change(index, { mfaEnabled, updatedAt: timeOf(now) });
  const { mfaEnabled: on } = accounts.user(index);
  if (on !== before) tenant.switched.push({ id, on, at: now() });
  return answerOk(showSwitch(base, id, mfaEnabled));
}

function readBypass({ base, accounts, now }: Tenant, { id }: ApiCall): Answer {
  const index = accounts.find(id);
  return index === undefined ? answerProblem(404) : answerOk(showBypass(base, accounts.show(index), now()));
}

function allowBypass(tenant: Tenant, call: ApiCall): Answer {
  const index = tenant.accounts.find(call.id);
  if (index === undefined) return answerProblem(404);
  const { bypassMFAEnabledUntil: until } = fieldsOf(call.body);
  // The one form of a date that the API takes.
  if (typeof until !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(until))
    return refuseField("bypassMFAEnabledUntil", "INVALID_VALUE", "is not valid");
  tenant.accounts.change(index, { bypassUntil: until, updatedAt: timeOf(tenant.now) });
  return readBypass(tenant, call);
}

function readDevices({ base, environment, accounts }: Tenant, { id, hits }: ApiCall): Answer {
  const index = accounts.find(id);
  if (index === undefined) return answerProblem(404);
  const user = accounts.user(index);
  return answerOk(showDevices(base, environment, findFault(hits, "empty") ? { ...user, devices: [] } : user));
}
