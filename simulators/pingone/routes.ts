/** The addresses of the simulated PingOne, and what is answered at each. */

import { type Answer, answerOk, parseJson } from "../shared/answers.ts";
import { replaceAnswer, spoilAnswer } from "../shared/fault-effects.ts";
import type { ApiRequest, RoutedRequest } from "../shared/requests.ts";
import { answerProblem } from "./answers.ts";
import type { ApiCall, Handler } from "./call.ts";
import { type Fault, replacements, spoilers } from "./faults.ts";
import { groupHandlers } from "./group-routes.ts";
import { roleHandlers } from "./role-routes.ts";
import type { Tenant } from "./tenant.ts";
import { userHandlers } from "./user-routes.ts";

const ROUTES: [route: string, path: RegExp][] = [
  ["environment", /^$/],
  ["users", /^\/users$/],
  ["user", /^\/users\/([^/]+)$/],
  ["mfaEnabled", /^\/users\/([^/]+)\/mfaEnabled$/],
  ["bypassMFA", /^\/users\/([^/]+)\/bypassMFA$/],
  ["devices", /^\/users\/([^/]+)\/devices$/],
  ["populations", /^\/populations$/],
  ["population", /^\/populations\/([^/]+)$/],
  ["groups", /^\/groups$/],
  ["group", /^\/groups\/([^/]+)$/],
  ["roleAssignments", /^\/applications\/([^/]+)\/roleAssignments$/],
  ["subscriptions", /^\/subscriptions$/],
  ["subscription", /^\/subscriptions\/([^/]+)$/],
];

const USER_ROUTES = new Set(["user", "mfaEnabled", "bypassMFA", "devices"]);

const handlers: Record<string, Handler> = {
  "GET environment": ({ base, environment }) =>
    answerOk({ _links: { self: { href: base } }, id: environment, name: "Simulated", type: "SANDBOX" }),
  ...userHandlers,
  ...groupHandlers,
  ...roleHandlers,
};

/** Finds a request's route; of a change of a user the call log keeps the body. */
export function routeRequest(tenant: Tenant, request: ApiRequest): RoutedRequest<Fault> {
  const { method, url } = request;
  const { route, id } = findRoute(url.pathname, tenant.environment);
  const body = parseJson(request.text);
  const isUser = USER_ROUTES.has(route);
  return {
    route,
    ...(isUser ? { user: id } : {}),
    ...(isUser && method === "PUT" ? { body } : {}),
    answer: (hits) => answerRequest(tenant, request, { method, route, id, url, body, hits }),
  };
}

/** Names the route of a path; "unknown" when there is none, or when it is about another environment. */
function findRoute(pathname: string, environment: string): { route: string; id: string } {
  if (pathname === `/${environment}/as/token`) return { route: "token", id: "" };
  const role = /^\/v1\/roles\/([^/]+)$/.exec(pathname);
  if (role) return { route: "role", id: role[1] ?? "" };
  const prefix = `/v1/environments/${environment}`;
  const rest = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : "/unknown";
  for (const [route, path] of ROUTES) {
    const match = path.exec(rest);
    if (match) return { route, id: match[1] ?? "" };
  }
  return { route: "unknown", id: "" };
}

function answerRequest(tenant: Tenant, request: ApiRequest, call: ApiCall): Answer {
  const answer = replaceAnswer(call.hits, replacements, call.route) ?? properAnswer(tenant, request, call);
  if (answer.status === 200) spoilAnswer(call.hits, spoilers, answer);
  return answer;
}

function properAnswer(tenant: Tenant, { headers, text }: ApiRequest, call: ApiCall): Answer {
  const { method, route } = call;
  if (route === "token" && method === "POST") {
    return tenant.tokens.issue(headers.authorization, new URLSearchParams(text));
  }
  if (!tenant.tokens.isValid(headers.authorization)) return answerProblem(401);
  const answer = route.startsWith("subscription")
    ? tenant.subscriptions.answer(call)
    : handlers[`${method} ${route}`]?.(tenant, call);
  return answer ?? answerProblem(404);
}
