/** One call of the simulated Okta's API that has been let in, and the pages of its lists. */

import type { Answer } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerError, answerJson } from "./answers.ts";
import type { Fault } from "./faults.ts";
import type { Tenant } from "./tenant.ts";

export interface ApiCall {
  method: string;
  route: string;
  /** The ids in its path; empty where there are none. */
  id: string;
  other: string;
  url: URL;
  body: unknown;
  /** The faults that hit it. */
  hits: readonly Fault[];
}

export type Handler = (tenant: Tenant, call: ApiCall) => Answer | Promise<Answer>;

export const NOT_FOUND = answerError(404);

/** The page that a call asks for, with the next one in its `Link` header. */
export function answerPage<T>(
  { url, hits }: ApiCall,
  rows: readonly T[],
  { show, most }: { show: (row: T) => unknown; most: number },
): Answer {
  const limit = Number(url.searchParams.get("limit") ?? most);
  if (!Number.isInteger(limit) || limit < 1) return answerError(400);
  const after = url.searchParams.get("after");
  if (after !== null && findFault(hits, "expired-link")) return answerError(400, "E0000031");
  const start = after === null ? 0 : Number(Buffer.from(after, "base64url").toString());
  const end = start + Math.min(limit, most);
  const links = [`<${url.href}>; rel="self"`];
  if (end < rows.length)
    links.push(`<${nextLink(url, findFault(hits, "same-cursor") ? start : end, hits)}>; rel="next"`);
  return answerJson(rows.slice(start, end).map(show), { link: links.join(", ") });
}

function nextLink(url: URL, start: number, hits: readonly Fault[]): string {
  const next = new URL(url);
  next.searchParams.set("after", Buffer.from(String(start)).toString("base64url"));
  const foreign = findFault(hits, "foreign-next");
  return foreign ? `${foreign.origin}${next.pathname}${next.search}` : next.href;
}
