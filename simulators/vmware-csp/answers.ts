/** What the simulated VMware Cloud Services says: its documents and its errors, in the vendor's shapes. Codes are invented. */

import { randomUUID } from "node:crypto";
import type { Answer, Document } from "../shared/answers.ts";
import type { Principal, User } from "./people.ts";

const PROBLEMS: Record<number, [code: string, message: string]> = {
  400: ["request.invalid", "The request is not valid."],
  401: ["auth.unauthorized", "You are not signed in, or your token has expired."],
  403: ["auth.forbidden", "You are not allowed to do this."],
  404: ["resource.absent", "The resource does not exist."],
  409: ["request.conflict", "The request conflicts with another one."],
  429: ["rate.exceeded", "There are too many requests."],
};

/** A CspErrorResponse with all six fields. */
export function answerProblem(status: number, code?: string, message?: string): Answer {
  const [usualCode, usualMessage] = PROBLEMS[status] ?? ["internal.error", "Something went wrong."];
  const body = {
    cspErrorCode: `csp.${code ?? usualCode}`,
    errorCode: code ?? usualCode,
    message: message ?? usualMessage,
    moduleCode: 540,
    requestId: randomUUID(),
    statusCode: status,
  };
  return { status, body };
}

/** A token endpoint's good answer; `lifetime` in seconds. */
export function showGrant(accessToken: string, lifetime: number, apiToken: string): Document {
  return {
    access_token: accessToken,
    expires_in: lifetime,
    id_token: "none",
    refresh_token: apiToken,
    scope: "ALL_PERMISSIONS",
    token_type: "bearer",
  };
}

/** The MFA status of a principal. */
export function showStatus({ activated, turnedOn, deviceName, username }: Principal): Document {
  return { activated, turnedOn, ...(activated ? { deviceName } : {}), username };
}

/** A page of the organisation's users. */
export function showUsers(users: User[], totalResults: number, nextLink: string | undefined): Document {
  return { results: users.map(showUser), totalResults, ...(nextLink === undefined ? {} : { nextLink }) };
}

function showUser({ userId, username }: User): Document {
  const [domain = ""] = username.split("@").slice(-1);
  return {
    user: {
      userId,
      username,
      acct: username,
      email: username,
      domain,
      firstName: "Some",
      lastName: "Body",
      accessible: true,
    },
    organizationRoles: [{ name: "org_member" }],
    serviceRoles: [],
  };
}
