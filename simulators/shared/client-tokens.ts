/** A token endpoint: client credentials, in a Basic header or in the form. */

import { randomBytes } from "node:crypto";
import { type Answer, answerOauthProblem } from "./answers.ts";

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export interface Tokens {
  /** Answers a token request, given its Authorization header and its form. */
  issue(authorization: string | undefined, form: URLSearchParams): Answer;
  valid(authorization: string | undefined): boolean;
  /** Makes every token given out so far useless. */
  revoke(): void;
}

/** Keeps the tokens given out; each is good for `lifetime` seconds. */
export function keepTokens(credentials: Credentials, lifetime: number, now: () => number): Tokens {
  const ends = new Map<string, number>();
  return {
    issue: (authorization, form) => {
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
      const token = randomBytes(24).toString("base64url");
      ends.set(token, now() + lifetime * 1000);
      return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: lifetime } };
    },
    valid: (authorization) => now() < (ends.get(/^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "") ?? 0),
    revoke: () => ends.clear(),
  };
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
