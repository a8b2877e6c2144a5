/** The reports of the simulated tenant: who has registered what, and the audit log. Both take few calls. */

import type { Answer } from "../shared/answers.ts";
import { answerJson, answerProblem, showRegistration } from "./answers.ts";
import type { GraphCall, Handler } from "./call.ts";
import { answerPage } from "./paging.ts";
import type { AuditLine } from "./people.ts";
import type { Tenant } from "./tenant.ts";

export const reportHandlers: Record<string, Handler> = {
  "GET registrations": listRegistrations,
  "GET registration": readRegistration,
  "GET audits": listAudits,
};

/** https://learn.microsoft.com/graph/throttling-limits, identity and access reports */
const MAX_CALLS = 5;
const WINDOW_MS = 10_000;

/** 429 for the sixth call within ten seconds, by the machine's own clock. */
export function limitReports({ settings, reportCalls }: Tenant): Answer | undefined {
  if (settings.limitsReports === false) return undefined;
  const now = Date.now();
  while (reportCalls[0] !== undefined && reportCalls[0] <= now - WINDOW_MS) reportCalls.shift();
  const oldest = reportCalls[reportCalls.length - MAX_CALLS];
  if (oldest === undefined) {
    reportCalls.push(now);
    return undefined;
  }
  const seconds = Math.ceil((oldest + WINDOW_MS - now) / 1000);
  return { ...answerProblem(429), headers: { "retry-after": String(seconds) } };
}

const NO_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

const refuseWithoutPremium = ({ settings }: Tenant): Answer | undefined =>
  settings.premium === false
    ? answerProblem(403, NO_PREMIUM, "Tenant is not a B2C tenant and doesn't have premium license")
    : undefined;

function listRegistrations(tenant: Tenant, call: GraphCall): Answer {
  const { settings, users, now, pageSize } = tenant;
  const order = call.url.searchParams.get("$orderby");
  if (order !== null && !/^(userPrincipalName|userDisplayName)( asc)?$/.test(order)) return answerProblem(400);
  return (
    refuseWithoutPremium(tenant) ??
    answerPage(call, {
      rows: users.all(settings.reportOrder).filter(({ inReport }) => inReport),
      show: (user) => showRegistration(user, now()),
      usualSize: 999,
      maxSize: settings.reportPageSize ?? pageSize,
    })
  );
}

function readRegistration(tenant: Tenant, { id }: GraphCall): Answer {
  const user = tenant.users.find(id);
  return (
    refuseWithoutPremium(tenant) ??
    (user?.inReport ? answerJson(showRegistration(user, tenant.now())) : answerProblem(404))
  );
}

function listAudits(tenant: Tenant, call: GraphCall): Answer {
  const filter = call.url.searchParams.get("$filter");
  const id = /targetResources\/any\(t: ?t\/id eq '([^']+)'\)/.exec(filter ?? "")?.[1];
  const from = Date.parse(/activityDateTime ge (\S+)/.exec(filter ?? "")?.[1] ?? "1970-01-01");
  const to = Date.parse(/activityDateTime le (\S+)/.exec(filter ?? "")?.[1] ?? "9999-01-01");
  const isAsked = ({ user, at }: AuditLine) =>
    (id === undefined || user === id) && Date.parse(at) >= from && Date.parse(at) <= to;
  const rows = tenant.audit.filter(isAsked).toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return answerPage(call, { rows, show: showLine, usualSize: 100, maxSize: 999 });
}

const showLine = ({ at, activity, user }: AuditLine) => ({
  activityDateTime: at,
  activityDisplayName: activity,
  category: "UserManagement",
  result: "success",
  initiatedBy: { user: { userPrincipalName: "admin@example.com", displayName: null }, app: null },
  targetResources: [{ id: user, type: "User" }],
});
