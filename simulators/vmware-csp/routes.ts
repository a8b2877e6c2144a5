/** The addresses of the simulated VMware Cloud Services, and what is answered at each when nothing is wrong with it. */

import type { Accounts, Principal } from "./accounts.ts";
import { type Answer, answerOk, answerProblem, showStatus, showUsers } from "./answers.ts";
import type { Hits } from "./faults.ts";
import type { Holder } from "./tokens.ts";

/** What all answers draw upon. */
export interface Scene {
  organization: string;
  pageSize: number;
  accounts: Accounts;
}

/** One call that has been let in. */
export interface Ask {
  method: string;
  route: string;
  url: URL;
  body: unknown;
  holder: Holder;
  hits: Hits;
}

const wrongPasswordsToLock = 3;
const auditCap = 1_000;

/** Names the route of a path; "unknown" when there is none, or when it is about another organisation. */
export function findRoute(pathname: string, organization: string): string {
  const routes: Record<string, string> = {
    "/csp/gateway/am/api/auth/api-tokens/authorize": "token",
    [`/csp/gateway/am/api/v2/orgs/${organization}/users`]: "users",
    "/csp/gateway/iam/vmwid/api/principal/mfa/status": "status",
    "/csp/gateway/iam/vmwid/api/principal/mfa": "switch",
    "/csp/gateway/iam/vmwid/api/principal/mfa/audit": "audit",
  };
  return routes[pathname] ?? "unknown";
}

/** Answers a call as the vendor would, but for the faults that change how pages are cut and what a change does. */
export function answerCall(scene: Scene, ask: Ask): Answer {
  if (`${ask.method} ${ask.route}` === "GET users") return listUsers(scene, ask);
  const handle = principalHandlers[`${ask.method} ${ask.route}`];
  if (!handle) return answerProblem(404);
  if (ask.holder.kind === "reader" || ask.holder.principal.service) {
    return answerProblem(403, "principal.unsupported", "Service accounts cannot use this API.");
  }
  const { principal } = ask.holder;
  return principal.gone ? answerProblem(404, "user.absent", "There is no such user.") : handle(scene, ask, principal);
}

type Handler = (scene: Scene, ask: Ask, principal: Principal) => Answer;

const principalHandlers: Record<string, Handler> = {
  "GET status": (_scene, _ask, principal) => answerOk(showStatus(principal)),
  "PATCH switch": changeSwitch,
  "POST audit": listEvents,
};

function listUsers({ accounts, organization, pageSize }: Scene, { url, holder, hits }: Ask): Answer {
  if (holder.kind === "principal" && !holder.principal.member) return answerProblem(403);
  const start = Number(url.searchParams.get("pageStart") ?? 1);
  const asked = Number(url.searchParams.get("pageLimit") ?? pageSize);
  if (!(start >= 1) || !(asked >= 1)) return answerProblem(400, "page.invalid", "pageStart or pageLimit is wrong.");
  const all = accounts.members();
  if (hits.get("lost-page")) return answerOk(showUsers([], all.length, undefined));
  const limit = Math.min(asked, pageSize, hits.get("short-page")?.size ?? asked);
  const end = start - 1 + limit;
  const next = hits.get("same-next") ? start : end + 1;
  const nextLink = `/csp/gateway/am/api/v2/orgs/${organization}/users?pageStart=${next}&pageLimit=${asked}`;
  return answerOk(showUsers(all.slice(start - 1, end), all.length, end < all.length ? nextLink : undefined));
}

function changeSwitch({ accounts }: Scene, { body, hits }: Ask, principal: Principal): Answer {
  const { password, turnedOn } = fieldsOf(body);
  if (typeof password !== "string" || password === "") {
    return answerProblem(400, "password.missing", "A password is required.");
  }
  if (typeof turnedOn !== "boolean") return answerProblem(400, "turnedOn.missing", "turnedOn is required.");
  if (principal.locked || !proves(principal, password)) {
    return answerProblem(403, "password.wrong", "The password is wrong, or the account is locked.");
  }
  if (!principal.activated) return answerProblem(404, "mfa.absent", "There are no MFA details of this user.");
  if (!hits.get("no-effect") && principal.turnedOn !== turnedOn) {
    principal.turnedOn = turnedOn;
    accounts.record(turnedOn ? "MFA_ENABLE" : "MFA_DISABLE", principal);
  }
  return answerOk({ turnedOn });
}

function proves(principal: Principal, password: string): boolean {
  if (principal.password === password) {
    principal.wrongPasswords = 0;
    return true;
  }
  principal.wrongPasswords += 1;
  principal.locked = principal.wrongPasswords >= wrongPasswordsToLock;
  return false;
}

function listEvents({ accounts, pageSize }: Scene, { body }: Ask, principal: Principal): Answer {
  const { startDate, endDate, pageStart = 1, pageLimit = pageSize } = fieldsOf(body);
  const [from, to, start, limit] = [Number(startDate), Number(endDate), Number(pageStart), Number(pageLimit)];
  if (!(from <= to) || !(start >= 1) || !(limit >= 1) || start - 1 + limit > auditCap + pageSize) {
    return answerProblem(400, "audit.invalid", "The dates or the page are wrong.");
  }
  const all = accounts.events(principal.username).filter(({ eventDate }) => from <= eventDate && eventDate <= to);
  const results = all.slice(start - 1, start - 1 + Math.min(limit, pageSize));
  return answerOk({ itemsPerPage: results.length, startIndex: start, totalResults: all.length, results });
}

function fieldsOf(body: unknown): Record<string, unknown> {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
}
