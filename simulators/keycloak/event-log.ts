/** What the simulated realm keeps of what people and administrators did. Newest first, as Keycloak answers. */

import { randomUUID } from "node:crypto";

export interface UserEvent {
  id: string;
  /** Milliseconds since 1970. */
  time: number;
  type: string;
  realmId: string;
  clientId: string;
  userId: string;
  ipAddress: string;
  details?: Record<string, string>;
}

export interface AdminEvent {
  id: string;
  time: number;
  realmId: string;
  authDetails: { realmId: string; clientId: string; userId: string; ipAddress: string };
  operationType: string;
  resourceType: string;
  resourcePath: string;
}

/** What is kept, and for how many seconds; 0: for ever. */
export interface EventConfig {
  eventsEnabled: boolean;
  eventsExpiration: number;
  enabledEventTypes: string[];
  adminEventsEnabled: boolean;
  adminEventsDetailsEnabled: boolean;
}

export interface EventLog {
  config: EventConfig;
  /** Newest first. */
  own(): UserEvent[];
  byAdmins(): AdminEvent[];
  addOwn(type: string, userId: string): void;
  addByAdmin(operationType: string, resourceType: string, resourcePath: string): void;
  /** As if all that was kept so far had expired. */
  forget(): void;
}

const TYPES = [
  "LOGIN",
  "REGISTER",
  "UPDATE_PROFILE",
  "UPDATE_TOTP",
  "REMOVE_TOTP",
  "UPDATE_CREDENTIAL",
  "REMOVE_CREDENTIAL",
  "DELETE_ACCOUNT",
];
const REALM_ID = "bfc69d94-7b04-4beb-94dc-02ccd419d7ff";
const SOMEBODY = {
  realmId: REALM_ID,
  clientId: "security-admin-console",
  userId: "ef7c6b8c-3c3b-415b-8454-54636b51bd3e",
  ipAddress: "127.0.0.1",
};

export function createEventLog(now: () => number): EventLog {
  const own: UserEvent[] = [];
  const byAdmins: AdminEvent[] = [];
  const config: EventConfig = {
    eventsEnabled: true,
    eventsExpiration: 0,
    enabledEventTypes: [...TYPES],
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: false,
  };
  return {
    config,
    own: () => own.toReversed(),
    byAdmins: () => byAdmins.toReversed(),
    addOwn: (type, userId) => {
      if (!config.eventsEnabled || !config.enabledEventTypes.includes(type)) return;
      own.push({
        id: randomUUID(),
        time: now(),
        type,
        realmId: REALM_ID,
        clientId: "account-console",
        userId,
        ipAddress: "127.0.0.1",
      });
    },
    addByAdmin: (operationType, resourceType, resourcePath) => {
      if (!config.adminEventsEnabled) return;
      byAdmins.push({
        id: randomUUID(),
        time: now(),
        realmId: REALM_ID,
        authDetails: SOMEBODY,
        operationType,
        resourceType,
        resourcePath,
      });
    },
    forget: () => {
      own.length = 0;
      byAdmins.length = 0;
    },
  };
}
