/** Which events a realm keeps, and for how long. https://www.keycloak.org/docs/latest/server_admin/#configuring-auditing-to-track-events */

import * as v from "valibot";
import type { KeycloakApi } from "./api.ts";

const config = v.object({
  eventsEnabled: v.boolean(),
  enabledEventTypes: v.fallback(v.array(v.string()), []),
  /** Seconds; 0: for ever. */
  eventsExpiration: v.fallback(v.optional(v.number()), undefined),
  adminEventsEnabled: v.boolean(),
});

/** The events by which people themselves register or remove a one-time password, which every version of Keycloak has. */
const NEEDED_TYPES = ["UPDATE_TOTP", "REMOVE_TOTP"];

export interface EventSettings {
  /** What is not seen, and why; empty: all that there is. */
  readonly gaps: readonly string[];
  /** Neither what people do nor what administrators do is kept. */
  readonly isOff: boolean;
  /** The types of events of people that are kept. */
  readonly types: readonly string[];
  /** How long events of people are kept, in ms; `undefined`: for ever. */
  readonly keptMs: number | undefined;
}

export async function readEventSettings(api: KeycloakApi, signal: AbortSignal): Promise<EventSettings> {
  const { body } = await api.call({ path: "/events/config", schema: config, signal });
  const { eventsEnabled, adminEventsEnabled, enabledEventTypes, eventsExpiration = 0 } = body;
  const missing = NEEDED_TYPES.filter((type) => !enabledEventTypes.includes(type));
  const gaps = [
    ...(adminEventsEnabled ? [] : ["the realm keeps no admin events, so what administrators change is not seen"]),
    ...(eventsEnabled
      ? []
      : ["the realm keeps no user events, so what people register or remove themselves is not seen"]),
    ...(eventsEnabled && missing.length > 0 ? [`the realm leaves out ${missing.join(", ")}`] : []),
  ];
  const isOff = !eventsEnabled && !adminEventsEnabled;
  const keptMs = eventsExpiration > 0 ? eventsExpiration * 1000 : undefined;
  return { gaps, isOff, types: enabledEventTypes, keptMs };
}
