/** What the simulated Keycloak says: its documents and its errors, in the vendor's shapes. */

import type { Answer, Document } from "../shared/answers.ts";
import type { Group, User } from "./people.ts";

/** Keycloak 26 sends no Date header. */
export const answerJson = (body: unknown, status = 200): Answer => ({
  status,
  body: JSON.stringify(body),
  isUndated: true,
});

export const answerDocument = (body: Document): Answer => ({ status: 200, body, isUndated: true });

export const answerNothing: Answer = { status: 204, body: "", isUndated: true };

const USUAL_ERRORS: Record<number, string> = {
  401: "HTTP 401 Unauthorized",
  403: "HTTP 403 Forbidden",
  404: "HTTP 404 Not Found",
  500: "unknown_error",
};

/** An error as most of the API words it. */
export const answerError = (status: number, error = USUAL_ERRORS[status] ?? "unknown_error"): Answer =>
  answerJson({ error }, status);

/** An error as changes word it. */
export const answerMessage = (status: number, errorMessage: string): Answer => answerJson({ errorMessage }, status);

/** @param mayManage whether the client may change it */
export function showUser(user: User, isBrief: boolean, mayManage: boolean): Document {
  const { id, username, firstName, lastName, email, enabled, createdTimestamp, federationLink } = user;
  const brief = { id, username, firstName, lastName, email, emailVerified: false, enabled, createdTimestamp };
  const access = { manage: mayManage };
  if (isBrief) return { ...brief, access };
  return {
    ...brief,
    ...(federationLink === undefined ? {} : { origin: federationLink, federationLink }),
    attributes: user.attributes,
    totp: user.credentials.some(({ type }) => type === "otp"),
    disableableCredentialTypes: [],
    requiredActions: user.requiredActions,
    notBefore: 0,
    access,
  };
}

export const showGroup = (group: Group): Document => ({ ...group, subGroups: [] });
