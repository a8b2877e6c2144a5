/** What the simulated Graph says: its documents and its errors, in the vendor's shapes. */

import { randomUUID } from "node:crypto";
import type { Answer, Document } from "../shared/answers.ts";
import type { User } from "./people.ts";

const HEADERS = { "content-type": "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8" };

export const answerJson = (body: Document, status = 200): Answer => ({ status, body, headers: { ...HEADERS } });

export const answerNothing = (): Answer => ({ status: 204, body: "" });

const CODES: Record<number, [code: string, message: string]> = {
  400: ["Request_BadRequest", "Invalid request."],
  401: ["InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."],
  403: ["Authorization_RequestDenied", "Insufficient privileges to complete the operation."],
  404: [
    "Request_ResourceNotFound",
    "Resource does not exist or one of its queried reference-property objects are not present.",
  ],
  429: ["TooManyRequests", "Too many requests."],
  503: ["serviceNotAvailable", "The service is temporarily unavailable."],
};

const OTHER: [code: string, message: string] = ["generalException", "General exception while processing."];

/** An error as Graph words it: https://learn.microsoft.com/graph/errors */
export function answerProblem(status: number, code?: string, message?: string): Answer {
  const [usualCode, usualMessage] = CODES[status] ?? OTHER;
  const id = randomUUID();
  const innerError = { date: "2026-11-20T12:00:00", "request-id": id, "client-request-id": id };
  return answerJson({ error: { code: code ?? usualCode, message: message ?? usualMessage, innerError } }, status);
}

/** What a list has by default; everything else only if it is selected. */
const USER_FIELDS = ["id", "userPrincipalName", "displayName", "mail"];

/** A user with the fields that were selected, in the vendor's order. */
export function showUser(user: User, select: readonly string[] | undefined): Document {
  const fields: Document = {
    id: user.id,
    userPrincipalName: user.userPrincipalName,
    displayName: user.displayName,
    mail: user.mail,
    employeeId: user.employeeId,
    accountEnabled: user.accountEnabled,
    userType: user.userType,
    creationType: user.creationType,
    createdDateTime: user.createdDateTime,
    perUserMfaState: user.perUserMfaState,
  };
  return Object.fromEntries(
    (select ?? USER_FIELDS).filter((name) => name in fields).map((name) => [name, fields[name]]),
  );
}

/** Those that are a strong method of their own, as the report counts them. */
const NOT_STRONG = new Set(["email", "securityQuestion", "appPassword"]);
const PASSWORDLESS = /fido|passKey|windowsHello|Passwordless|macOs/;

/** https://learn.microsoft.com/graph/api/resources/userregistrationdetails */
export function showRegistration(user: User, now: number): Document {
  const isMfaRegistered = user.methods.some((method) => !NOT_STRONG.has(method));
  return {
    id: user.id,
    userPrincipalName: user.userPrincipalName,
    userDisplayName: user.displayName,
    userType: user.userType === "Guest" ? "guest" : "member",
    isAdmin: false,
    isSsprRegistered: user.methods.length > 0,
    isSsprEnabled: false,
    isSsprCapable: false,
    isMfaRegistered,
    isMfaCapable: user.isMfaCapable ?? isMfaRegistered,
    isPasswordlessCapable: user.isPasswordlessCapable ?? user.methods.some((method) => PASSWORDLESS.test(method)),
    methodsRegistered: user.methods,
    isSystemPreferredAuthenticationMethodEnabled: true,
    systemPreferredAuthenticationMethods: [],
    userPreferredMethodForSecondaryAuthentication: "none",
    lastUpdatedDateTime: new Date(now - 3 * 3_600_000).toISOString(),
  };
}
