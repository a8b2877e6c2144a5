/** What VMware's own log says of a principal's MFA. */

import { RETRY_IDEMPOTENT } from "../../http/index.ts";
import type { VendorEvent } from "../../model/index.ts";
import type { Custody, Principal } from "./principal.ts";
import { type AuditLine, auditPage, eventOf, fold } from "./schema.ts";

const about = { method: "POST", path: "/csp/gateway/iam/vmwid/api/principal/mfa/audit" } as const;
const MOST_EVENTS = 1_000;

/** Newest first. */
export async function readLog(
  { keysOf }: Custody,
  principal: Principal,
  range: { readonly startDate: number; readonly endDate: number },
  signal: AbortSignal,
): Promise<VendorEvent[]> {
  const { session } = keysOf(principal, about);
  const lines = new Map<string, AuditLine>();
  for (let pageStart: number | undefined; lines.size < MOST_EVENTS; ) {
    const before = lines.size;
    const body = JSON.stringify({ ...range, ...(pageStart === undefined ? {} : { pageStart }) });
    const answer = await session.ask({ ...about, body, retry: RETRY_IDEMPOTENT, schema: auditPage, signal });
    const { results, startIndex } = answer.body;
    for (const line of results) lines.set(line.eventId || JSON.stringify(line), line);
    if (lines.size === before) break;
    // Whether the vendor counts from 0 or from 1, its own first page shows.
    pageStart = startIndex + results.length;
  }
  return newestOf([...lines.values()].filter(({ username }) => username === "" || fold(username) === principal.id));
}

const newestOf = (lines: readonly AuditLine[]): VendorEvent[] =>
  lines
    .toSorted((a, b) => b.eventDate - a.eventDate)
    .slice(0, MOST_EVENTS)
    .map(eventOf);
