/** What Entra's audit log says of an account. https://learn.microsoft.com/graph/api/directoryaudit-list */

import * as v from "valibot";
import { omitUndefined, type VendorEvent } from "../../model/index.ts";
import { textOrEmpty, timestamp, uuid } from "../fields.ts";
import type { EntraApi } from "./api.ts";
import { listOf } from "./schema.ts";

const LOG_PATH = "/v1.0/auditLogs/directoryAudits";
const MAX_EVENTS = 1_000;

const actor = v.fallback(v.object({ userPrincipalName: textOrEmpty, displayName: textOrEmpty }), {
  userPrincipalName: "",
  displayName: "",
});
const line = v.object({
  activityDateTime: timestamp,
  activityDisplayName: textOrEmpty,
  result: textOrEmpty,
  initiatedBy: v.fallback(v.object({ user: actor, app: actor }), {
    user: { userPrincipalName: "", displayName: "" },
    app: { userPrincipalName: "", displayName: "" },
  }),
});
const lines = listOf(line);

/** Newest first. */
export async function readLog(
  api: EntraApi,
  id: string,
  { from, to }: { readonly from: Date; readonly to: Date },
  signal: AbortSignal,
): Promise<VendorEvent[]> {
  if (!v.is(uuid, id)) return [];
  const query = {
    $filter: `targetResources/any(t: t/id eq '${id}') and activityDateTime ge ${from.toISOString()} and activityDateTime le ${to.toISOString()}`,
    $orderby: "activityDateTime desc",
  };
  const events: VendorEvent[] = [];
  for await (const { value } of api.pages({ path: LOG_PATH, query, schema: lines, signal })) {
    events.push(...value.map(eventOf));
    if (events.length >= MAX_EVENTS) break;
  }
  return events.slice(0, MAX_EVENTS);
}

const eventOf = ({
  activityDateTime,
  activityDisplayName,
  result,
  initiatedBy,
}: v.InferOutput<typeof line>): VendorEvent => {
  const by = initiatedBy.user.userPrincipalName || initiatedBy.app.displayName;
  return omitUndefined({
    at: new Date(activityDateTime).toISOString(),
    action: activityDisplayName,
    by: by === "" ? undefined : by,
    detail: result === "" ? undefined : result,
  });
};
