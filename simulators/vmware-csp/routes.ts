/** The addresses of the simulated VMware Cloud Services, and what is answered at each. */

import { type Answer, parseJson } from "../shared/answers.ts";
import { readBearer } from "../shared/client-tokens.ts";
import { replaceAnswer, spoilAnswer } from "../shared/fault-effects.ts";
import { findFault } from "../shared/faults.ts";
import type { ApiRequest, RoutedRequest } from "../shared/requests.ts";
import { answerProblem } from "./answers.ts";
import { type Fault, replacements, spoilers } from "./faults.ts";
import { answerPrincipal } from "./principal-routes.ts";
import type { Tenant } from "./tenant.ts";
import { listUsers, organizationPath, readOrganization, usersPath } from "./user-routes.ts";

const ROUTES: Record<string, string> = {
  "/csp/gateway/am/api/auth/api-tokens/authorize": "token",
  "/csp/gateway/iam/vmwid/api/principal/mfa/status": "status",
  "/csp/gateway/iam/vmwid/api/principal/mfa": "switch",
  "/csp/gateway/iam/vmwid/api/principal/mfa/audit": "audit",
};

/** A request, where it goes, and the tokens that it carries. */
interface RoutedCall extends ApiRequest {
  route: string;
  form: URLSearchParams;
  accessToken: string | undefined;
}

/** Finds a request's route, and whose token it carries. */
export function routeRequest(tenant: Tenant, request: ApiRequest): RoutedRequest<Fault> {
  const route = findRoute(request.url.pathname, tenant.organization);
  const form = new URLSearchParams(route === "token" ? request.text : "");
  const accessToken = readAccessToken(request);
  const user = tenant.tokens.nameOf(route === "token" ? (form.get("api_token") ?? "") : accessToken);
  return {
    route,
    ...(user === undefined ? {} : { user }),
    answer: (hits) => answerRequest(tenant, { ...request, route, form, accessToken }, hits),
  };
}

/** Names the route of a path; "unknown" when there is none, or when it is about another organisation. */
function findRoute(pathname: string, organization: string): string {
  if (pathname === usersPath(organization)) return "users";
  return pathname === organizationPath(organization) ? "organization" : (ROUTES[pathname] ?? "unknown");
}

function readAccessToken({ headers }: ApiRequest): string | undefined {
  return [headers["csp-auth-token"]].flat()[0] ?? readBearer(headers.authorization);
}

function answerRequest(tenant: Tenant, call: RoutedCall, hits: readonly Fault[]): Answer {
  const answer = replaceAnswer(hits, replacements, call.route) ?? properAnswer(tenant, call, hits);
  if (answer.status === 200) spoilAnswer(hits, spoilers, answer);
  return answer;
}

/** As the vendor would, but for the faults that change how pages are cut and what a change does. */
function properAnswer(tenant: Tenant, call: RoutedCall, hits: readonly Fault[]): Answer {
  const { method, route, url, text, form, accessToken } = call;
  if (route === "token") {
    if (method !== "POST") return answerProblem(404);
    return tenant.tokens.exchange(form, findFault(hits, "refuse-passcode") !== undefined);
  }
  const holder = tenant.tokens.holder(accessToken);
  if (!holder) return answerProblem(401);
  const admitted = { method, route, query: url.searchParams, body: parseJson(text), holder, hits };
  if (method === "GET" && route === "users") return listUsers(tenant, admitted);
  if (method === "GET" && route === "organization") return readOrganization(tenant, admitted);
  return answerPrincipal(tenant, admitted);
}
