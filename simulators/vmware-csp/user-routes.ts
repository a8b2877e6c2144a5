/** A simulated organisation: what it says of itself, and the listing of its users. */

import { type Answer, answerOk } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerProblem, showUsers } from "./answers.ts";
import type { ApiCall } from "./call.ts";
import type { Tenant } from "./tenant.ts";

/** A page of the users; members and the reader may read it. */
export function listUsers({ accounts, organization, pageSize }: Tenant, { query, holder, hits }: ApiCall): Answer {
  if (holder.kind === "principal" && !holder.principal.member) return answerProblem(403);
  const start = Number(query.get("pageStart") ?? 1);
  const asked = Number(query.get("pageLimit") ?? pageSize);
  if (!(start >= 1) || !(asked >= 1)) return answerProblem(400, "page.invalid", "pageStart or pageLimit is wrong.");
  const all = accounts.members();
  if (findFault(hits, "lost-page")) return answerOk(showUsers([], all.length, undefined));
  const limit = Math.min(asked, pageSize, findFault(hits, "short-page")?.size ?? asked);
  const end = start - 1 + limit;
  const next = findFault(hits, "same-next") ? start : end + 1;
  const nextLink = `${usersPath(organization)}?pageStart=${next}&pageLimit=${asked}`;
  return answerOk(showUsers(all.slice(start - 1, end), all.length, end < all.length ? nextLink : undefined));
}

/** The address of the listing. */
export function usersPath(organization: string): string {
  return `/csp/gateway/am/api/v2/orgs/${organization}/users`;
}

/** What the organisation says of itself; members and the reader may read it. */
export function readOrganization({ organization, requires }: Tenant, { holder }: ApiCall): Answer {
  if (holder.kind === "principal" && !holder.principal.member) return answerProblem(403);
  return answerOk({ id: organization, name: organization, displayName: "Simulated", ...requires });
}

/** The address of the organisation itself. */
export function organizationPath(organization: string): string {
  return `/csp/gateway/am/api/orgs/${organization}`;
}
