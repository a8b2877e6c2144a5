/** What Keycloak's own logs say of an account: what the person did, and what administrators did to it. */

import * as v from "valibot";
import { omitUndefined, type VendorEvent } from "../../model/index.ts";
import { ifPresent, textOrEmpty } from "../fields.ts";
import type { KeycloakApi } from "./api.ts";
import { type EventSettings, readEventSettings } from "./event-settings.ts";

export const EVENTS_PATH = "/events";
export const ADMIN_EVENTS_PATH = "/admin-events";
const MAX_EVENTS = 1_000;

const time = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));

/** What a person did, or tried. `time`: milliseconds since 1970. */
export const userEvent = v.object({
  id: textOrEmpty,
  time,
  type: textOrEmpty,
  userId: textOrEmpty,
  clientId: textOrEmpty,
  error: textOrEmpty,
});

/** What an administrator did; `resourcePath` is like `users/<id>/…`. */
export const adminEvent = v.object({
  id: textOrEmpty,
  time,
  operationType: textOrEmpty,
  resourceType: textOrEmpty,
  resourcePath: textOrEmpty,
  authDetails: v.fallback(v.object({ userId: textOrEmpty }), { userId: "" }),
  error: ifPresent(v.string()),
});

/** Throws where the realm keeps no events at all: nothing would look like nothing happened. */
export async function readLog(
  api: KeycloakApi,
  id: string,
  range: { readonly from: Date; readonly to: Date },
  signal: AbortSignal,
): Promise<VendorEvent[]> {
  const { gaps, isOff } = await readEventSettings(api, signal);
  const place = { method: "GET", path: `/admin/realms/{realm}${EVENTS_PATH}` };
  if (isOff) throw api.vendorError("ERR_VENDOR_DENIED", place, `has no log: ${gaps.join("; ")}`);
  const query = {
    dateFrom: `${range.from.getTime()}`,
    dateTo: `${range.to.getTime()}`,
    first: "0",
    max: `${MAX_EVENTS}`,
  };
  const [own, others] = await Promise.all([
    api.call({ path: EVENTS_PATH, query: { ...query, user: id }, schema: v.array(userEvent), signal }),
    api.call({
      path: ADMIN_EVENTS_PATH,
      query: { ...query, resourcePath: `users/${id}*` },
      schema: v.array(adminEvent),
      signal,
    }),
  ]);
  const events = [
    ...gaps.map((gap) => gapEvent(gap, range.to)),
    ...own.body.filter(({ userId }) => userId === id).map(ownEvent),
    ...others.body.filter(({ resourcePath }) => accountIn(resourcePath) === id).map(eventByAdmin),
  ];
  return events.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, MAX_EVENTS);
}

/** Nothing was seen there, which is not to look like nothing happened. */
const gapEvent = (gap: EventSettings["gaps"][number], at: Date): VendorEvent => ({
  at: at.toISOString(),
  action: "not kept",
  detail: gap,
});

/** The id that a path like `users/<id>/groups/<id>` is about. */
export const accountIn = (resourcePath: string): string | undefined => /^users\/([^/]+)/.exec(resourcePath)?.[1];

const ownEvent = ({ time, type, userId, clientId, error }: v.InferOutput<typeof userEvent>): VendorEvent =>
  omitUndefined({
    at: new Date(time).toISOString(),
    action: error === "" ? type : `${type} (${error})`,
    by: userId,
    detail: clientId === "" ? undefined : `by client ${clientId}`,
  });

const eventByAdmin = ({
  time,
  operationType,
  resourceType,
  resourcePath,
  authDetails,
}: v.InferOutput<typeof adminEvent>): VendorEvent =>
  omitUndefined({
    at: new Date(time).toISOString(),
    action: `${operationType} ${resourceType}`,
    by: authDetails.userId === "" ? undefined : authDetails.userId,
    detail: resourcePath,
  });
