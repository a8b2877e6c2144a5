/** The token endpoint of the simulated tenant: a client secret, or an assertion signed with a certificate's key. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */

import { constants, createHash, randomBytes, verify, X509Certificate } from "node:crypto";
import { type Answer, answerOk } from "../shared/answers.ts";
import type { Credentials } from "../shared/client-tokens.ts";

export interface TokenSettings {
  tenant: string;
  credentials: Credentials;
  /** PEM of the certificate that the app is registered with. */
  certificate: string | undefined;
  /** Application permissions, which the token shows. */
  permissions: () => readonly string[];
  /** What a token must be asked for. */
  scope: string;
  /** What an assertion must be made out to. */
  audience: string;
  /** Seconds. */
  lifetime: number;
  now: () => number;
}

export interface Tokens {
  issue(authorization: string | undefined, form: URLSearchParams): Answer;
  isValid(authorization: string | undefined): boolean;
  /** Makes every token given out so far useless. */
  revoke(): void;
}

export function createTokens(settings: TokenSettings): Tokens {
  const expiries = new Map<string, number>();
  const usedIds = new Set<string>();
  return {
    issue: (authorization, form) => {
      const problem = findProblem(settings, authorization, form, usedIds);
      if (problem) return problem;
      const token = writeToken(settings);
      expiries.set(token, settings.now() + settings.lifetime * 1000);
      return answerOk({
        token_type: "Bearer",
        expires_in: settings.lifetime,
        ext_expires_in: settings.lifetime,
        access_token: token,
      });
    },
    isValid: (authorization) => {
      const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
      return settings.now() < (expiries.get(token ?? "") ?? 0);
    },
    revoke: () => expiries.clear(),
  };
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
const decode = (part = ""): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString());

function writeToken({ tenant, credentials, permissions, now }: TokenSettings): string {
  const claims = {
    aud: "https://graph.microsoft.com",
    appid: credentials.clientId,
    tid: tenant,
    roles: permissions(),
    iat: Math.floor(now() / 1000),
  };
  return `${encode({ typ: "JWT", alg: "RS256" })}.${encode(claims)}.${randomBytes(24).toString("base64url")}`;
}

function refuse(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description, error_codes: [7000215], trace_id: "simulated" } };
}

function findProblem(
  settings: TokenSettings,
  authorization: string | undefined,
  form: URLSearchParams,
  usedIds: Set<string>,
): Answer | undefined {
  if (form.get("grant_type") !== "client_credentials")
    return refuse(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
  if (form.get("scope") !== settings.scope)
    return refuse(
      400,
      "invalid_scope",
      "AADSTS70011: The provided value for the input parameter 'scope' is not valid.",
    );
  const isKnown = form.has("client_assertion")
    ? isSigned(settings, form, usedIds)
    : hasSecret(settings, authorization, form);
  return isKnown ? undefined : refuse(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
}

function hasSecret({ credentials }: TokenSettings, authorization: string | undefined, form: URLSearchParams): boolean {
  const basic = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
  const [id = "", secret = ""] = Buffer.from(basic ?? "", "base64")
    .toString()
    .split(":")
    .map(decodeURIComponent);
  const given = basic === undefined ? { id: form.get("client_id"), secret: form.get("client_secret") } : { id, secret };
  return given.id === credentials.clientId && given.secret === credentials.clientSecret;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
function isSigned(settings: TokenSettings, form: URLSearchParams, usedIds: Set<string>): boolean {
  const { credentials, certificate, audience, now } = settings;
  const [head = "", body = "", signature = ""] = (form.get("client_assertion") ?? "").split(".");
  if (certificate === undefined || form.get("client_assertion_type") !== ASSERTION_TYPE) return false;
  const [header, claims] = [decode(head), decode(body)];
  const known = new X509Certificate(certificate);
  const thumbprint = createHash("sha256").update(known.raw).digest("base64url");
  const seconds = now() / 1000;
  const isRight =
    header.alg === "PS256" &&
    header["x5t#S256"] === thumbprint &&
    claims.aud === audience &&
    claims.iss === credentials.clientId &&
    claims.sub === credentials.clientId &&
    form.get("client_id") === credentials.clientId &&
    Number(claims.exp) > seconds &&
    Number(claims.nbf) <= seconds + 300 &&
    !usedIds.has(String(claims.jti));
  usedIds.add(String(claims.jti));
  const key = {
    key: known.publicKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  return isRight && verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"));
}
