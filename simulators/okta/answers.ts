/** What the simulated Okta says: its documents and its errors, in the vendor's shapes. */

import { randomUUID } from "node:crypto";
import type { Answer, Document } from "../shared/answers.ts";
import type { EventHook, Group, LogLine, User } from "./people.ts";

export const answerJson = (body: unknown, headers: Record<string, string> = {}): Answer => ({
  status: 200,
  body: JSON.stringify(body),
  headers,
});

export const answerNothing: Answer = { status: 204, body: "" };

const ERRORS: Record<number, [code: string, summary: string]> = {
  400: ["E0000001", "Api validation failed"],
  401: ["E0000011", "Invalid token provided"],
  403: ["E0000006", "You do not have permission to perform the requested action"],
  404: ["E0000007", "Not found: Resource not found"],
  405: ["E0000022", "The endpoint does not support the provided HTTP method"],
  429: ["E0000047", "API call exceeded rate limit due to too many requests."],
  500: ["E0000009", "Internal Server Error"],
};

export function answerError(status: number, code?: string): Answer {
  const [errorCode, errorSummary] = ERRORS[status] ?? ["E0000009", "Internal Server Error"];
  const body = {
    errorCode: code ?? errorCode,
    errorSummary,
    errorLink: errorCode,
    errorId: randomUUID(),
    errorCauses: [],
  };
  return { status, body };
}

export const showUser = ({ id, login, email, employeeNumber, status, created, lastUpdated }: User): Document => ({
  id,
  status,
  created,
  activated: created,
  statusChanged: created,
  lastLogin: null,
  lastUpdated,
  passwordChanged: null,
  type: { id: "oty1a2b3c4d5e6f7g8h9" },
  profile: {
    login,
    email,
    firstName: "Sim",
    lastName: "Ulated",
    ...(employeeNumber === undefined ? {} : { employeeNumber }),
  },
  credentials: { provider: { type: "OKTA", name: "OKTA" } },
});

export const showGroup = ({ id, name, type }: Group): Document => ({
  id,
  type,
  objectClass: ["okta:user_group"],
  profile: { name, description: name },
});

/** Without the header's value, which nobody may see. */
export const showHook = ({ id, status, verificationStatus, name, events, uri, key }: EventHook): Document => ({
  id,
  status,
  verificationStatus,
  name,
  events,
  channel: {
    type: "HTTP",
    version: "1.0.0",
    config: { uri, headers: [], method: "POST", authScheme: { type: "HEADER", key } },
  },
});

export const showLine = ({ uuid, at, eventType, user }: LogLine): Document => ({
  uuid,
  published: at,
  eventType,
  version: "0",
  severity: "INFO",
  displayMessage: eventType,
  actor: { id: "00uactor000000000000", type: "User", alternateId: "admin@example.com", displayName: "Admin" },
  outcome: { result: "SUCCESS" },
  target:
    user === undefined
      ? [{ id: "00p1simulated2pol3id", type: "PolicyEntity", alternateId: "unknown", displayName: "A policy" }]
      : [{ id: user, type: "User", alternateId: "someone@example.com", displayName: "Someone" }],
});
