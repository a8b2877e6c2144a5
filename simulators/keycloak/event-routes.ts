/** The events of the simulated realm: what is kept, and what is in it. */

import type { Answer } from "../shared/answers.ts";
import { answerDocument, answerError, answerJson } from "./answers.ts";
import { type ApiCall, type Handler, holds } from "./call.ts";
import type { Tenant } from "./tenant.ts";

export const eventHandlers: Record<string, Handler> = {
  "GET event-config": (tenant) =>
    holds(tenant, "view-events") ? answerDocument({ ...tenant.events.config }) : undefined,
  "GET events": listOwn,
  "GET admin-events": listByAdmins,
};

const DEFAULT_MAX = 100;

function listOwn(tenant: Tenant, { query }: ApiCall): Answer | undefined {
  if (!holds(tenant, "view-events")) return undefined;
  const types = query.getAll("type");
  const user = query.get("user");
  const found = tenant.events
    .own()
    .filter(({ type, userId }) => (types.length === 0 || types.includes(type)) && (user === null || userId === user));
  return answerRange(found, query);
}

function listByAdmins(tenant: Tenant, { query }: ApiCall): Answer | undefined {
  if (!holds(tenant, "view-events")) return undefined;
  const types = query.getAll("resourceTypes");
  const path = query.get("resourcePath");
  const found = tenant.events
    .byAdmins()
    .filter(
      ({ resourceType, resourcePath }) =>
        (types.length === 0 || types.includes(resourceType)) && fits(resourcePath, path),
    );
  return answerRange(found, query);
}

function fits(resourcePath: string, pattern: string | null): boolean {
  if (pattern === null) return true;
  return pattern.endsWith("*") ? resourcePath.startsWith(pattern.slice(0, -1)) : resourcePath === pattern;
}

/** A time is a day, or milliseconds since 1970; anything else is refused. */
function answerRange(found: readonly { time: number }[], query: URLSearchParams): Answer {
  const [from, to] = [readTime(query.get("dateFrom"), 0), readTime(query.get("dateTo"), Number.POSITIVE_INFINITY)];
  if (Number.isNaN(from))
    return answerError(400, "Invalid value for 'dateFrom', expected format is yyyy-MM-dd or an Epoch timestamp");
  if (Number.isNaN(to))
    return answerError(400, "Invalid value for 'dateTo', expected format is yyyy-MM-dd or an Epoch timestamp");
  const inRange = found.filter(({ time }) => time >= from && time <= to);
  const ordered = query.get("direction") === "asc" ? inRange.toReversed() : inRange;
  const first = Number(query.get("first") ?? 0);
  return answerJson(ordered.slice(first, first + Number(query.get("max") ?? DEFAULT_MAX)));
}

function readTime(text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return Date.parse(text);
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
