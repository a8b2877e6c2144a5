/** What VMware's own log says of a principal's MFA. */

import { RETRY_IDEMPOTENT } from "../../http/index.ts";
import { omitUndefined, type VendorEvent } from "../../model/index.ts";
import type { VmwareApi } from "./api.ts";
import { credentialsOf, type Principal } from "./principal.ts";
import { type AuditLine, auditPage, eventOf, fold } from "./schema.ts";

const PLACE = { method: "POST", path: "/csp/gateway/iam/vmwid/api/principal/mfa/audit" } as const;
const MAX_EVENTS = 1_000;

/** Both ends in epoch ms. */
export interface LogRange {
  readonly startDate: number;
  readonly endDate: number;
}

/** Newest first. */
export async function readLog(
  api: VmwareApi,
  principal: Principal,
  range: LogRange,
  signal: AbortSignal,
): Promise<VendorEvent[]> {
  const { session } = credentialsOf(api, principal, PLACE);
  const lines = new Map<string, AuditLine>();
  let pageStart: number | undefined;
  while (lines.size < MAX_EVENTS) {
    const before = lines.size;
    const body = omitUndefined({ ...range, pageStart });
    const response = await session.call({ ...PLACE, body, retry: RETRY_IDEMPOTENT, schema: auditPage, signal });
    const { results, startIndex } = response.body;
    for (const line of results) if (line) lines.set(line.eventId || JSON.stringify(line), line);
    if (lines.size === before) break;
    // Whether the vendor counts from 0 or from 1, its own first page shows.
    pageStart = startIndex + results.length;
  }
  return newestEvents([...lines.values()].filter(({ username }) => username === "" || fold(username) === principal.id));
}

const newestEvents = (lines: readonly AuditLine[]): VendorEvent[] =>
  lines
    .toSorted((a, b) => b.eventDate - a.eventDate)
    .slice(0, MAX_EVENTS)
    .map(eventOf);
