/** The MFA API of the simulated VMware Cloud Services, where each principal reads and changes only its own account. */

import { type Answer, answerOk, fieldsOf } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerProblem, showStatus } from "./answers.ts";
import type { ApiCall } from "./call.ts";
import type { Principal } from "./people.ts";
import type { Tenant } from "./tenant.ts";

type PrincipalHandler = (tenant: Tenant, call: ApiCall, principal: Principal) => Answer;

const handlers: Record<string, PrincipalHandler> = {
  "GET status": (_tenant, _call, principal) => answerOk(showStatus(principal)),
  "PATCH switch": changeSwitch,
  "POST audit": listEvents,
};

/** Answers a principal's call; service accounts and those who are gone are refused. */
export function answerPrincipal(tenant: Tenant, call: ApiCall): Answer {
  const handle = handlers[`${call.method} ${call.route}`];
  if (!handle) return answerProblem(404);
  const { holder } = call;
  if (holder.kind === "reader" || holder.principal.service) {
    return answerProblem(403, "principal.unsupported", "Service accounts cannot use this API.");
  }
  if (holder.principal.gone) return answerProblem(404, "user.absent", "There is no such user.");
  return handle(tenant, call, holder.principal);
}

const MAX_WRONG_PASSWORDS = 3;

function changeSwitch({ accounts }: Tenant, { body, hits }: ApiCall, principal: Principal): Answer {
  const { password, turnedOn } = fieldsOf(body);
  if (typeof password !== "string" || password === "") {
    return answerProblem(400, "password.missing", "A password is required.");
  }
  if (typeof turnedOn !== "boolean") return answerProblem(400, "turnedOn.missing", "turnedOn is required.");
  if (principal.locked || !checkPassword(principal, password)) {
    return answerProblem(403, "password.wrong", "The password is wrong, or the account is locked.");
  }
  if (!principal.activated) return answerProblem(404, "mfa.absent", "There are no MFA details of this user.");
  if (!findFault(hits, "no-effect") && principal.turnedOn !== turnedOn) {
    principal.turnedOn = turnedOn;
    accounts.recordEvent(turnedOn ? "MFA_ENABLE" : "MFA_DISABLE", principal);
  }
  return answerOk({ turnedOn });
}

/** Whether the password is right. Locks the account when too many were wrong. */
function checkPassword(principal: Principal, password: string): boolean {
  if (principal.password === password) {
    principal.wrongPasswords = 0;
    return true;
  }
  principal.wrongPasswords += 1;
  principal.locked = principal.wrongPasswords >= MAX_WRONG_PASSWORDS;
  return false;
}

const MAX_EVENTS = 1_000;

function listEvents({ accounts, pageSize }: Tenant, { body }: ApiCall, principal: Principal): Answer {
  const { startDate, endDate, pageStart = 1, pageLimit = pageSize } = fieldsOf(body);
  const [from, to, start, limit] = [Number(startDate), Number(endDate), Number(pageStart), Number(pageLimit)];
  if (!(from <= to) || !(start >= 1) || !(limit >= 1) || start - 1 + limit > MAX_EVENTS + pageSize) {
    return answerProblem(400, "audit.invalid", "The dates or the page are wrong.");
  }
  const all = accounts.events(principal.username).filter(({ eventDate }) => from <= eventDate && eventDate <= to);
  const results = all.slice(start - 1, start - 1 + Math.min(limit, pageSize));
  return answerOk({ itemsPerPage: results.length, startIndex: start, totalResults: all.length, results });
}
