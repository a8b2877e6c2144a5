/** A token endpoint: client credentials, in a Basic header or in the form. */

import { randomBytes } from "node:crypto";
import { type Answer, answerOauthProblem, answerOk } from "./answers.ts";

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

/** How a Basic header is read: both parts decoded, as RFC 6749 section 2.3.1 says, or as they came. */
export type BasicReading = "encoded" | "raw";

export interface TokenSettings {
  /** Seconds that a token is good for. */
  lifetime: number;
  /** Default: encoded. */
  basic?: BasicReading | undefined;
  /** What a token looks like; default: nothing can be read from it. No two are the same. */
  createToken?: () => string;
  now: () => number;
}

export interface ClientTokens {
  /** Answers a token request, given its Authorization header and its form. */
  issue(authorization: string | undefined, form: URLSearchParams): Answer;
  isValid(authorization: string | undefined): boolean;
  /** Makes every token given out so far useless. */
  revoke(): void;
}

/** Creates an endpoint that has given out nothing yet. */
export function createClientTokens(credentials: Credentials, settings: TokenSettings): ClientTokens {
  const { lifetime, basic = "encoded", createToken = randomToken, now } = settings;
  const expiries = new Map<string, number>();
  return {
    issue: (authorization, form) => {
      const problem = findProblem(credentials, readBasic(authorization, basic), form);
      if (problem) return problem;
      const token = createToken();
      expiries.set(token, now() + lifetime * 1000);
      return answerOk({ access_token: token, token_type: "Bearer", expires_in: lifetime });
    },
    isValid: (authorization) => now() < (expiries.get(readBearer(authorization) ?? "") ?? 0),
    revoke: () => expiries.clear(),
  };
}

const randomToken = (): string => randomBytes(24).toString("base64url");

/** The token of an Authorization header. */
export function readBearer(authorization: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
}

function findProblem(
  credentials: Credentials,
  basic: Credentials | undefined,
  form: URLSearchParams,
): Answer | undefined {
  const given = basic ?? {
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

function readBasic(authorization: string | undefined, reading: BasicReading): Credentials | undefined {
  const encoded = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [clientId = "", ...rest] = Buffer.from(encoded, "base64").toString().split(":");
  const read = reading === "encoded" ? decodeForm : (text: string) => text;
  return { clientId: read(clientId), clientSecret: read(rest.join(":")) };
}

function decodeForm(text: string): string {
  return new URLSearchParams(`value=${text}`).get("value") ?? "";
}
