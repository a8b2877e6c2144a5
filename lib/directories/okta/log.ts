/** What Okta's System Log says of an account. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog */

import * as v from "valibot";
import { omitUndefined, type VendorEvent } from "../../model/index.ts";
import { ifPresent, textOrEmpty, timestamp } from "../fields.ts";
import type { OktaApi } from "./api.ts";
import { oktaId } from "./settings.ts";

export const LOG_PATH = "/api/v1/logs";
const MAX_EVENTS = 1_000;

const line = v.object({
  published: timestamp,
  eventType: textOrEmpty,
  actor: v.fallback(v.object({ alternateId: textOrEmpty }), { alternateId: "" }),
  outcome: v.fallback(v.object({ result: textOrEmpty, reason: ifPresent(v.string()) }), {
    result: "",
    reason: undefined,
  }),
});

/** Newest first. */
export async function readLog(
  api: OktaApi,
  id: string,
  { from, to }: { readonly from: Date; readonly to: Date },
  signal: AbortSignal,
): Promise<VendorEvent[]> {
  if (!v.is(oktaId, id)) return [];
  const query = {
    since: from.toISOString(),
    until: to.toISOString(),
    filter: `target.id eq "${id}"`,
    sortOrder: "DESCENDING",
    limit: `${MAX_EVENTS}`,
  };
  const { body } = await api.call({ path: LOG_PATH, query, schema: v.array(line), signal });
  return body.slice(0, MAX_EVENTS).map(eventOf);
}

const eventOf = ({ published, eventType, actor, outcome }: v.InferOutput<typeof line>): VendorEvent =>
  omitUndefined({
    at: new Date(published).toISOString(),
    action: eventType,
    by: actor.alternateId || undefined,
    detail: [outcome.result, outcome.reason].filter(Boolean).join(": ") || undefined,
  });
