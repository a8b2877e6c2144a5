/** The addresses of the simulated Keycloak, and what is answered at each. */

import { type Answer, type Document, parseJson } from "../shared/answers.ts";
import { replaceAnswer, spoilAnswer } from "../shared/fault-effects.ts";
import { findFault } from "../shared/faults.ts";
import type { ApiRequest, RoutedRequest } from "../shared/requests.ts";
import { answerDocument, answerError } from "./answers.ts";
import type { ApiCall, Handler } from "./call.ts";
import { eventHandlers } from "./event-routes.ts";
import { type Fault, replacements, spoilers } from "./faults.ts";
import { realmHandlers } from "./realm-routes.ts";
import type { Tenant } from "./tenant.ts";
import { userHandlers } from "./user-routes.ts";

const ROUTES: [route: string, path: RegExp][] = [
  ["realm", /^$/],
  ["users", /^\/users$/],
  ["count", /^\/users\/count$/],
  ["user", /^\/users\/([^/]+)$/],
  ["credentials", /^\/users\/([^/]+)\/credentials$/],
  ["memberships", /^\/users\/([^/]+)\/groups$/],
  ["groups", /^\/groups$/],
  ["group", /^\/groups\/([^/]+)$/],
  ["executions", /^\/authentication\/flows\/([^/]+)\/executions$/],
  ["config", /^\/authentication\/config\/([^/]+)$/],
  ["actions", /^\/authentication\/required-actions$/],
  ["events", /^\/events$/],
  ["event-config", /^\/events\/config$/],
  ["admin-events", /^\/admin-events$/],
];

const USER_ROUTES = new Set(["user", "credentials", "memberships"]);

const handlers: Record<string, Handler> = { ...userHandlers, ...realmHandlers, ...eventHandlers };

/** Finds a request's route; of a change of a user the call log keeps the body. */
export function routeRequest(tenant: Tenant, request: ApiRequest): RoutedRequest<Fault> {
  const { method, url } = request;
  const { route, id } = findRoute(tenant, url.pathname);
  const body = parseJson(request.text);
  const isUser = USER_ROUTES.has(route);
  return {
    route,
    ...(isUser ? { user: id } : {}),
    ...(isUser && method === "PUT" ? { body } : {}),
    answer: (hits) => answerRequest(tenant, request, { method, route, id, query: url.searchParams, body, hits }),
  };
}

/** "unknown" where there is no such address, "no-realm" where it is another realm's. */
function findRoute({ realm, clientRealm }: Tenant, pathname: string): { route: string; id: string } {
  if (pathname === `/realms/${clientRealm}/protocol/openid-connect/token`) return { route: "token", id: "" };
  if (pathname === `/realms/${realm}`) return { route: "page", id: "" };
  const [, name, rest = ""] = /^\/(?:admin\/)?realms\/([^/]+)(.*)$/.exec(pathname) ?? [];
  if (name === undefined) return { route: "unknown", id: "" };
  if (name !== realm || !pathname.startsWith("/admin/")) return { route: "no-realm", id: "" };
  for (const [route, path] of ROUTES) {
    const match = path.exec(rest);
    if (match) return { route, id: decodeURIComponent(match[1] ?? "") };
  }
  return { route: "unknown", id: "" };
}

function answerRequest(tenant: Tenant, request: ApiRequest, call: ApiCall): Answer {
  const answer = replaceAnswer(call.hits, replacements, call.route) ?? properAnswer(tenant, request, call);
  return answer.status === 200 && call.hits.length > 0 ? spoilRows(call.hits, answer) : answer;
}

/** A list is spoiled row by row. */
function spoilRows(hits: readonly Fault[], answer: Answer): Answer {
  if (findFault(hits, "not-a-list")) return { ...answer, body: "{}" };
  const parsed: unknown = typeof answer.body === "string" ? parseJson(answer.body) : answer.body;
  const rows = (Array.isArray(parsed) ? parsed : [parsed]) as Document[];
  for (const body of rows.filter((row) => typeof row === "object" && row !== null))
    spoilAnswer(hits, spoilers, { status: 200, body });
  return parsed === undefined ? answer : { ...answer, body: JSON.stringify(parsed) };
}

function properAnswer(tenant: Tenant, { headers, text }: ApiRequest, call: ApiCall): Answer {
  const { method, route } = call;
  if (route === "token" && method === "POST")
    return { ...tenant.tokens.issue(headers.authorization, new URLSearchParams(text)), isUndated: true };
  if (route === "page") return answerDocument({ realm: tenant.realm, "token-service": "", "tokens-not-before": 0 });
  if (route === "no-realm") return answerError(404, "Realm not found.");
  if (!tenant.tokens.isValid(headers.authorization)) return answerError(401);
  const handler = handlers[`${method} ${route}`];
  return handler ? (handler(tenant, call) ?? answerError(403)) : answerError(404);
}
