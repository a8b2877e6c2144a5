/** The addresses of the simulated Okta, and what is answered at each. */

import { type Answer, type Document, parseJson } from "../shared/answers.ts";
import { replaceAnswer, spoilAnswer } from "../shared/fault-effects.ts";
import { findFault } from "../shared/faults.ts";
import type { ApiRequest, RoutedRequest } from "../shared/requests.ts";
import { answerError } from "./answers.ts";
import type { ApiCall, Handler } from "./call.ts";
import { type Fault, replacements, spoilers } from "./faults.ts";
import { orgHandlers } from "./org-routes.ts";
import type { Tenant } from "./tenant.ts";
import { userHandlers } from "./user-routes.ts";

const ROUTES: [route: string, path: RegExp, scope: string][] = [
  ["users", /^\/api\/v1\/users$/, "users"],
  ["user", /^\/api\/v1\/users\/([^/]+)$/, "users"],
  ["factors", /^\/api\/v1\/users\/([^/]+)\/factors$/, "users"],
  ["memberships", /^\/api\/v1\/users\/([^/]+)\/groups$/, "users"],
  ["roles", /^\/api\/v1\/users\/([^/]+)\/roles$/, "roles"],
  ["roles", /^\/oauth2\/v1\/clients\/([^/]+)\/roles$/, "roles"],
  ["groups", /^\/api\/v1\/groups$/, "groups"],
  ["group", /^\/api\/v1\/groups\/([^/]+)$/, "groups"],
  ["members", /^\/api\/v1\/groups\/([^/]+)\/users$/, "groups"],
  ["member", /^\/api\/v1\/groups\/([^/]+)\/users\/([^/]+)$/, "groups"],
  ["policies", /^\/api\/v1\/policies$/, "policies"],
  ["rules", /^\/api\/v1\/policies\/([^/]+)\/rules$/, "policies"],
  ["logs", /^\/api\/v1\/logs$/, "logs"],
  ["hooks", /^\/api\/v1\/eventHooks$/, "eventHooks"],
  ["hook", /^\/api\/v1\/eventHooks\/([^/]+)$/, "eventHooks"],
  ["verify", /^\/api\/v1\/eventHooks\/([^/]+)\/lifecycle\/verify$/, "eventHooks"],
  ["activate", /^\/api\/v1\/eventHooks\/([^/]+)\/lifecycle\/activate$/, "eventHooks"],
];

const USER_ROUTES = new Set(["user", "factors", "memberships"]);
const handlers: Record<string, Handler> = { ...userHandlers, ...orgHandlers };

interface Route {
  route: string;
  id: string;
  other: string;
  scope: string;
}

export function routeRequest(tenant: Tenant, request: ApiRequest): RoutedRequest<Fault> {
  const { method, url } = request;
  const found = findRoute(url.pathname);
  const { route, id, other, scope } = found;
  const user = route === "member" ? other : id;
  const call = { method, route, id, other, url, body: parseJson(request.text) };
  return {
    route,
    ...(route === "member" || USER_ROUTES.has(route) ? { user } : {}),
    answer: (hits) => tenant.rates.limit(route, () => answerRequest(tenant, request, scope, { ...call, hits })),
  };
}

function findRoute(pathname: string): Route {
  if (pathname === "/oauth2/v1/token") return { route: "token", id: "", other: "", scope: "" };
  if (pathname === "/.well-known/okta-organization") return { route: "page", id: "", other: "", scope: "" };
  for (const [route, path, scope] of ROUTES) {
    const match = path.exec(pathname);
    if (match) return { route, id: decodeURIComponent(match[1] ?? ""), other: match[2] ?? "", scope };
  }
  return { route: "unknown", id: "", other: "", scope: "" };
}

async function answerRequest(tenant: Tenant, request: ApiRequest, scope: string, call: ApiCall): Promise<Answer> {
  const limited = findFault(call.hits, "rate-limited");
  if (limited) return limitRate(tenant, call.hits, limited.seconds);
  const answer =
    replaceAnswer(call.hits, replacements, call.route) ?? (await properAnswer(tenant, request, scope, call));
  return answer.status === 200 && call.hits.length > 0 ? spoilRows(call.hits, answer) : answer;
}

/** Okta says when by its own clock, in whole seconds, and sends no Retry-After. */
function limitRate({ now }: Tenant, hits: readonly Fault[], seconds: number): Answer {
  const skew = findFault(hits, "skew")?.seconds ?? 0;
  const reset = Math.floor(now() / 1000) + skew + seconds;
  const headers = { "x-rate-limit-limit": "600", "x-rate-limit-remaining": "0", "x-rate-limit-reset": `${reset}` };
  return { ...answerError(429), headers };
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

function properAnswer(tenant: Tenant, request: ApiRequest, scope: string, call: ApiCall): Answer | Promise<Answer> {
  const { method, route } = call;
  if (route === "token" && method === "POST") return tenant.tokens.issue(request);
  if (route === "page") return { status: 200, body: { id: "00o1simulated2org3id", pipeline: "idx" } };
  const scopes = tenant.tokens.authorize(request);
  if (typeof scopes === "object" && "status" in scopes) return scopes;
  const handler = handlers[`${method} ${route}`];
  if (!handler) return answerError(route === "unknown" ? 404 : 405);
  const wanted = [`okta.${scope}.manage`, ...(method === "GET" ? [`okta.${scope}.read`] : [])];
  const isAllowed = scopes === "all" || wanted.some((one) => scopes.includes(one));
  return isAllowed ? handler(tenant, call) : answerError(403);
}
