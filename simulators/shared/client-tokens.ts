/** A token endpoint: client credentials, in a Basic header or in the form. */

import { randomBytes } from "node:crypto";
import { type Answer, answerOauthProblem, answerOk } from "./answers.ts";

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export interface ClientTokens {
  /** Answers a token request, given its Authorization header and its form. */
  issue(authorization: string | undefined, form: URLSearchParams): Answer;
  isValid(authorization: string | undefined): boolean;
  /** Makes every token given out so far useless. */
  revoke(): void;
}

/** Creates an endpoint whose tokens are good for `lifetime` seconds. */
export function createClientTokens(credentials: Credentials, lifetime: number, now: () => number): ClientTokens {
  const expiries = new Map<string, number>();
  return {
    issue: (authorization, form) => {
      const problem = findProblem(credentials, authorization, form);
      if (problem) return problem;
      const token = randomBytes(24).toString("base64url");
      expiries.set(token, now() + lifetime * 1000);
      return answerOk({ access_token: token, token_type: "Bearer", expires_in: lifetime });
    },
    isValid: (authorization) => now() < (expiries.get(readBearer(authorization) ?? "") ?? 0),
    revoke: () => expiries.clear(),
  };
}

/** The token of an Authorization header. */
export function readBearer(authorization: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
}

function findProblem(
  credentials: Credentials,
  authorization: string | undefined,
  form: URLSearchParams,
): Answer | undefined {
  const given = readBasic(authorization) ?? {
    clientId: form.get("client_id"),
    clientSecret: form.get("client_secret"),
  };
  if (given.clientId !== credentials.clientId || given.clientSecret !== credentials.clientSecret) {
    return answerOauthProblem(401, "invalid_client", "Request denied: Invalid client credentials");
  }
  if (form.get("grant_type") !== "client_credentials") {
    return answerOauthProblem(400, "unsupported_grant_type", "Only client_credentials is known here");
  }
  return undefined;
}

// RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
function readBasic(authorization: string | undefined): Credentials | undefined {
  const encoded = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [clientId = "", ...rest] = Buffer.from(encoded, "base64").toString().split(":");
  return { clientId: decodeForm(clientId), clientSecret: decodeForm(rest.join(":")) };
}

function decodeForm(text: string): string {
  return new URLSearchParams(`value=${text}`).get("value") ?? "";
}
