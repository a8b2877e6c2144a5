/** Whom Keycloak's two logs name since the last poll: what people did themselves, and what administrators did. */

import * as v from "valibot";
import { hasCode } from "../../errors.ts";
import type { PolledEvents } from "../../model/index.ts";
import { anything } from "../fields.ts";
import type { KeycloakApi, QueryPair } from "./api.ts";
import { type EventSettings, readEventSettings } from "./event-settings.ts";
import { ADMIN_EVENTS_PATH, accountIn, adminEvent, EVENTS_PATH, userEvent } from "./log.ts";
import { type NewEvents, NOTHING_NEW, readNew } from "./log-window.ts";
import { type PollCursor, readPollCursor, startPlace, writePollCursor } from "./poll-cursor.ts";

/** The events that tell of a second factor or of an account, by people themselves. */
const USER_EVENT_TYPES = [
  "REGISTER",
  "UPDATE_CREDENTIAL",
  "REMOVE_CREDENTIAL",
  "UPDATE_TOTP",
  "REMOVE_TOTP",
  "UPDATE_PROFILE",
  "DELETE_ACCOUNT",
];
/** What administrators change of an account. */
const ADMIN_RESOURCE_TYPES = ["USER", "GROUP_MEMBERSHIP"];

/** @param cursor the `next` of the poll before; `undefined`: begins now */
export async function pollLogs(
  api: KeycloakApi,
  directory: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<PolledEvents> {
  const now = api.clock();
  const place = readPollCursor(cursor) ?? { polledAt: now, own: startPlace(now), byAdmins: startPlace(now) };
  const settings = await readEventSettings(api, signal);
  const [own, byAdmins] = await Promise.all([readOwn(api, settings, place, signal), readByAdmins(api, place, signal)]);
  const next = { polledAt: now, own: own.place, byAdmins: byAdmins.place };
  return {
    events: [...byAdmins.events, ...own.events].map((event) => ({ ...event, directory })),
    broken: [...byAdmins.broken, ...own.broken],
    ignored: byAdmins.ignored + own.ignored,
    gaps: [...settings.gaps, ...own.gaps, ...byAdmins.gaps],
    next: writePollCursor(next),
  };
}

/** Keycloak fails at a type that it does not know, so only those are asked for that it says it keeps. */
async function readOwn(
  api: KeycloakApi,
  settings: EventSettings,
  cursor: PollCursor,
  signal: AbortSignal,
): Promise<NewEvents> {
  const types = USER_EVENT_TYPES.filter((type) => settings.types.includes(type));
  if (types.length === 0) return { ...NOTHING_NEW, place: cursor.own };
  const window = { place: cursor.own, polledAt: cursor.polledAt };
  return readNew(api, window, signal, {
    path: EVENTS_PATH,
    filter: types.map((type): QueryPair => ["type", type]),
    keptMs: settings.keptMs,
    read: (row) => {
      const { success, output } = v.safeParse(userEvent, row);
      return success ? { id: output.id, time: output.time, subject: output.userId || undefined } : undefined;
    },
  });
}

async function readByAdmins(api: KeycloakApi, cursor: PollCursor, signal: AbortSignal): Promise<NewEvents> {
  const window = { place: cursor.byAdmins, polledAt: cursor.polledAt };
  return readNew(api, window, signal, {
    path: ADMIN_EVENTS_PATH,
    filter: ADMIN_RESOURCE_TYPES.map((type): QueryPair => ["resourceTypes", type]),
    keptMs: await readAdminRetention(api, signal),
    read: (row) => {
      const { success, output } = v.safeParse(adminEvent, row);
      return success ? { id: output.id, time: output.time, subject: accountIn(output.resourcePath) } : undefined;
    },
  });
}

const realmAttributes = v.object({
  attributes: v.fallback(v.object({ adminEventsExpiration: anything }), {}),
});

/** `undefined` where it is for ever, and where the credential may not read it. */
async function readAdminRetention(api: KeycloakApi, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { body } = await api.call({ path: "", schema: realmAttributes, signal });
    const seconds = Number(body.attributes.adminEventsExpiration ?? 0);
    return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  } catch (error) {
    if (hasCode(error, "ERR_VENDOR_DENIED")) return undefined;
    throw error;
  }
}
