/** The addresses of the simulated Strata Cloud Manager and of the vendors behind it, and what is answered at each. */

import { type Answer, parseJson } from "../shared/answers.ts";
import { replaceAnswer, spoilAnswer } from "../shared/fault-effects.ts";
import { findFault } from "../shared/faults.ts";
import type { ApiRequest, RoutedRequest } from "../shared/requests.ts";
import { answerProblem, answerUsualProblem } from "./answers.ts";
import type { ApiCall, Handler } from "./call.ts";
import { type Fault, replacements, spoilers } from "./faults.ts";
import { profileHandlers } from "./profile-routes.ts";
import { pushHandlers } from "./push-routes.ts";
import type { Tenant } from "./tenant.ts";
import { answerVendor, VENDORS_PATH } from "./vendors.ts";

const CONFIG = "/config/identity/v1";
const OPERATIONS = "/config/operations/v1";
const ROUTES: [route: string, path: RegExp][] = [
  ["vendor", new RegExp(`^${VENDORS_PATH}/([^/]+)/`)],
  ["token", /^\/oauth2\/access_token$/],
  ["servers", new RegExp(`^${CONFIG}/mfa-servers$`)],
  ["server", new RegExp(`^${CONFIG}/mfa-servers/([^/]+)$`)],
  ["uses", new RegExp(`^${CONFIG}/authentication-profiles$`)],
  ["push", new RegExp(`^${OPERATIONS}/config-versions/candidate:push$`)],
  ["candidate", new RegExp(`^${OPERATIONS}/config-versions/candidate$`)],
  ["jobs", new RegExp(`^${OPERATIONS}/jobs$`)],
  ["job", new RegExp(`^${OPERATIONS}/jobs/([^/]+)$`)],
];

/** The call log keeps the body of a change at these, without the secrets. */
const ROUTES_OF_CHANGES = ["servers", "server", "push"];

const handlers: Record<string, Handler> = { ...profileHandlers, ...pushHandlers };

/** Finds a request's route. */
export function routeRequest(tenant: Tenant, request: ApiRequest): RoutedRequest<Fault> {
  const { method, url } = request;
  const { route, id } = findRoute(url.pathname);
  const body = parseJson(request.text);
  const isChange = method !== "GET" && ROUTES_OF_CHANGES.includes(route);
  return {
    route,
    ...(isChange ? { body: withoutSecrets(body) } : {}),
    answer: (hits) => answerRequest(tenant, request, { method, route, id, query: url.searchParams, body, hits }),
  };
}

/** Names the route of a path, and the id or host in it. */
function findRoute(path: string): { route: string; id: string } {
  for (const [route, pattern] of ROUTES) {
    const match = pattern.exec(path);
    if (match) return { route, id: decodeURIComponent(match[1] ?? "") };
  }
  return { route: "unknown", id: "" };
}

function answerRequest(tenant: Tenant, request: ApiRequest, call: ApiCall): Answer {
  const answer = replaceAnswer(call.hits, replacements, call.route) ?? properAnswer(tenant, request, call);
  if (answer.status < 300) spoilAnswer(call.hits, spoilers, answer);
  if (answer.status < 300 && findFault(call.hits, "no-body")) return { status: answer.status, body: "" };
  return { ...answer, headers: { "content-type": "application/json", ...answer.headers } };
}

function properAnswer(tenant: Tenant, request: ApiRequest, call: ApiCall): Answer {
  const { authorization } = request.headers;
  if (call.route === "vendor") return answerBehind(tenant, request, call.id);
  if (call.route === "token") return issueToken(tenant, authorization, new URLSearchParams(request.text));
  if (!tenant.tokens.isValid(authorization)) return answerUsualProblem(401);
  const handler = handlers[`${call.method} ${call.route}`];
  return handler?.(tenant, call) ?? answerUsualProblem(call.route === "unknown" ? 404 : 501);
}

function answerBehind({ keys, now }: Tenant, { method, url, headers, text }: ApiRequest, host: string): Answer {
  const path = url.pathname.slice(`${VENDORS_PATH}/${host}`.length);
  return answerVendor(keys, { method, host, path, headers, text, now: now() });
}

function issueToken({ tenant, tokens }: Tenant, authorization: string | undefined, form: URLSearchParams): Answer {
  if (form.get("scope") !== `tsg_id:${tenant}`) return answerProblem(400, "invalid_scope", "Unknown scope");
  return tokens.issue(authorization, form);
}

const SECRET_FIELDS = /(token|key)$/;

function withoutSecrets(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, SECRET_FIELDS.test(key) ? "…" : withoutSecrets(value)]),
  );
}
