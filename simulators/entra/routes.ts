/** The addresses of the simulated Graph, and what is answered at each. */

import type { IncomingHttpHeaders } from "node:http";
import { type Answer, fieldsOf, parseJson } from "../shared/answers.ts";
import type { Call } from "../shared/call-log.ts";
import { replaceAnswer, spoilAnswer } from "../shared/fault-effects.ts";
import { isAimedAt } from "../shared/faults.ts";
import type { ApiRequest, RoutedRequest } from "../shared/requests.ts";
import { answerJson, answerProblem } from "./answers.ts";
import type { GraphCall, Handler } from "./call.ts";
import { type Fault, replacements, spoilers } from "./faults.ts";
import { limitReports, reportHandlers } from "./report-routes.ts";
import { subscriptionHandlers, validateAddresses } from "./subscriptions.ts";
import type { Tenant } from "./tenant.ts";
import { tenantHandlers } from "./tenant-routes.ts";
import { userHandlers } from "./user-routes.ts";

const ID = "([^/']+)";

/** Whoever has one of the permissions may call: https://learn.microsoft.com/graph/permissions-reference */
const ROUTES: [route: string, path: RegExp, permissions: string[]][] = [
  ["organization", /^\/v1\.0\/organization$/, ["User.Read.All", "Directory.Read.All"]],
  ["users", /^\/v1\.0\/users$/, ["User.Read.All", "Directory.Read.All"]],
  ["user", new RegExp(`^/v1\\.0/users/${ID}$`), ["User.Read.All", "Directory.Read.All"]],
  [
    "groupsOfUser",
    new RegExp(`^/v1\\.0/users/${ID}/transitiveMemberOf/microsoft\\.graph\\.group$`),
    ["GroupMember.Read.All", "Directory.Read.All"],
  ],
  [
    "requirements",
    new RegExp(`^/beta/users/${ID}/authentication/requirements$`),
    ["Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"],
  ],
  ["registrations", /^\/v1\.0\/reports\/authenticationMethods\/userRegistrationDetails$/, ["AuditLog.Read.All"]],
  [
    "registration",
    new RegExp(`^/v1\\.0/reports/authenticationMethods/userRegistrationDetails/${ID}$`),
    ["AuditLog.Read.All"],
  ],
  ["audits", /^\/v1\.0\/auditLogs\/directoryAudits$/, ["AuditLog.Read.All"]],
  ["groups", /^\/v1\.0\/groups$/, ["GroupMember.Read.All", "Directory.Read.All"]],
  ["group", new RegExp(`^/v1\\.0/groups/${ID}$`), ["GroupMember.Read.All", "Directory.Read.All"]],
  ["securityDefaults", /^\/v1\.0\/policies\/identitySecurityDefaultsEnforcementPolicy$/, ["Policy.Read.All"]],
  ["conditionalAccess", /^\/v1\.0\/identity\/conditionalAccess\/policies$/, ["Policy.Read.All"]],
  [
    "roleMembers",
    new RegExp(`^/v1\\.0/directoryRoles\\(roleTemplateId='${ID}'\\)/members$`),
    ["RoleManagement.Read.Directory", "Directory.Read.All"],
  ],
  ["subscriptions", /^\/v1\.0\/subscriptions$/, ["User.Read.All", "Directory.Read.All"]],
  ["subscription", new RegExp(`^/v1\\.0/subscriptions/${ID}$`), ["User.Read.All", "Directory.Read.All"]],
  ["batch", /^\/(v1\.0|beta)\/\$batch$/, []],
];

const WRITE_PERMISSIONS: Record<string, string[]> = { requirements: ["Policy.ReadWrite.AuthenticationMethod"] };
const REPORTS = new Set(["registrations", "registration", "audits"]);
const USER_ROUTES = new Set(["user", "groupsOfUser", "requirements", "registration"]);

const handlers: Record<string, Handler> = {
  ...userHandlers,
  ...reportHandlers,
  ...tenantHandlers,
  ...subscriptionHandlers,
  "POST batch": answerBatch,
};

/** Finds a request's route; of a change of a user the call log keeps the body. */
export function routeRequest(tenant: Tenant, request: ApiRequest): RoutedRequest<Fault> {
  const { method, url, headers } = request;
  const { route, id } = findRoute(url.pathname, tenant.id);
  const body = parseJson(request.text);
  return {
    route,
    ...(USER_ROUTES.has(route) ? { user: id } : {}),
    ...(method === "PATCH" ? { body } : {}),
    answer: async (hits) => {
      const call = { method, route, id, url, headers, body, hits };
      return spoiled(call, replaceAnswer(hits, replacements, route) ?? (await properAnswer(tenant, request, call)));
    },
  };
}

function spoiled({ hits }: GraphCall, answer: Answer): Answer {
  if (answer.status === 200) spoilAnswer(hits, spoilers, answer);
  return answer;
}

function findRoute(pathname: string, tenant: string): { route: string; id: string } {
  const path = decodeURIComponent(pathname);
  if (path === `/${tenant}/oauth2/v2.0/token`) return { route: "token", id: "" };
  for (const [route, pattern] of ROUTES) {
    const match = pattern.exec(path);
    if (match) return { route, id: match[1] ?? "" };
  }
  return { route: "unknown", id: "" };
}

async function properAnswer(tenant: Tenant, { headers, text }: ApiRequest, call: GraphCall): Promise<Answer> {
  if (call.route === "token" && call.method === "POST") {
    return tenant.tokens.issue(headers.authorization, new URLSearchParams(text));
  }
  if (!tenant.tokens.isValid(headers.authorization)) return answerProblem(401);
  // Graph calls the address before it answers.
  const refusal = call.route === "subscriptions" && call.method === "POST" ? await validateAddresses(call) : undefined;
  return refusal ?? answerCall(tenant, call);
}

/** Once it is clear who asks. */
function answerCall(tenant: Tenant, call: GraphCall): Answer {
  const { method, route } = call;
  const handler = handlers[`${method} ${route}`];
  if (!handler) return answerProblem(404, "ResourceNotFound", "Resource not found for the segment.");
  if (!isAllowed(tenant, call)) return answerProblem(403);
  return (REPORTS.has(route) ? limitReports(tenant) : undefined) ?? handler(tenant, call);
}

function isAllowed({ permissions }: Tenant, { method, route }: GraphCall): boolean {
  const usual = ROUTES.find(([name]) => name === route)?.[2] ?? [];
  const needed = (method === "GET" ? undefined : WRITE_PERMISSIONS[route]) ?? usual;
  return needed.length === 0 || needed.some((permission) => permissions.includes(permission));
}

const MAX_BATCH = 20;

/** https://learn.microsoft.com/graph/json-batching */
function answerBatch(tenant: Tenant, call: GraphCall): Answer {
  const { requests } = fieldsOf(call.body);
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > MAX_BATCH)
    return answerProblem(400, "BadRequest", "Invalid batch payload format.");
  const ids = requests.map(({ id }) => String(id).toLowerCase());
  if (new Set(ids).size < ids.length) return answerProblem(400, "BadRequest", "Request Ids must be unique.");
  const responses = requests.map((item) => answerItem(tenant, call, fieldsOf(item)));
  // In any order: only the ids say which is whose.
  return answerJson({ responses: responses.reverse() });
}

function answerItem(tenant: Tenant, outer: GraphCall, item: ReturnType<typeof fieldsOf>): object {
  const version = outer.url.pathname.split("/")[1];
  const url = new URL(`${outer.url.origin}/${version}/${String(item.url).replace(/^\//, "")}`);
  const { route, id } = findRoute(url.pathname, tenant.id);
  const method = String(item.method);
  const logged = { method, route, ...(USER_ROUTES.has(route) ? { user: id } : {}) } as Call;
  // Of the faults those alone that name the item's own route.
  const hits = tenant.faults.take((fault) => fault.on === route && isAimedAt(fault, logged));
  const call: GraphCall = { method, route, id, url, headers: lowerCase(item.headers), body: item.body, hits };
  const answer = spoiled(call, replaceAnswer(hits, replacements, route) ?? answerCall(tenant, call));
  const { status, body, headers } = answer;
  return { id: item.id, status, headers: { ...headers, "x-ms-resource-unit": "1" }, ...(body === "" ? {} : { body }) };
}

const lowerCase = (headers: unknown): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(fieldsOf(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]));
