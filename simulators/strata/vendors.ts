/** Duo, Okta, PingID and RSA, as far as trying a credential needs them; each by its own rules. */

import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type Answer, answerOk } from "../shared/answers.ts";

/** Where the vendors are below the simulator's origin, before `/<host>/<path>`. */
export const VENDORS_PATH = "/_vendors";

/** What the vendors accept, by the property that holds it in a profile. */
export interface VendorKeys {
  okta_token: string;
  ping_use_base64_key: string;
  ping_token: string;
  ping_org_alias: string;
  rsa_accesskey: string;
  duo_integration_key: string;
  duo_secret_key: string;
}

interface VendorCall {
  method: string;
  /** Whom the caller meant. */
  host: string;
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  now: number;
}

/** Answers a call of a vendor behind a profile; the path says which vendor is meant. */
export function answerVendor(keys: VendorKeys, call: VendorCall): Answer {
  const vendor = VENDORS.find(({ path }) => call.path === path || (path.endsWith("/") && call.path.startsWith(path)));
  try {
    return vendor?.answer(keys, call) ?? { status: 404, body: { error: "There is no such address" } };
  } catch {
    return { status: 400, body: { error: "This cannot be read" } };
  }
}

type Respond = (keys: VendorKeys, call: VendorCall) => Answer;

const answerOkta: Respond = (keys, { headers }) =>
  headers.authorization === `SSWS ${keys.okta_token}`
    ? answerOk({ id: "00o1", status: "ACTIVE" })
    : { status: 401, body: { errorCode: "E0000011", errorSummary: "Invalid token provided" } };

const DUO_CLOCK_TOLERANCE_MS = 300_000;

const answerDuo: Respond = (keys, call) => {
  const code = findDuoProblem(keys, call);
  if (code !== undefined) return { status: 401, body: { stat: "FAIL", code, message: "Refused" } };
  return answerOk({ stat: "OK", response: { time: Math.floor(call.now / 1000) } });
};

/** Duo's code of what is wrong with a signed call. */
function findDuoProblem(keys: VendorKeys, { method, host, path, headers, now }: VendorCall): number | undefined {
  const date = headers.date ?? "";
  const [, pair = ""] = (headers.authorization ?? "").split(" ");
  const [key, signature] = Buffer.from(pair, "base64").toString().split(":");
  if (signature === undefined) return 40101;
  if (key !== keys.duo_integration_key) return 40102;
  if (Math.abs(Date.parse(date) - now) > DUO_CLOCK_TOLERANCE_MS) return 40105;
  const signed = `${date}\n${method}\n${host.toLowerCase()}\n${path}\n`;
  return signature === createHmac("sha512", keys.duo_secret_key).update(signed).digest("hex") ? undefined : 40103;
}

/** Without a good signature, PingID's answer is signed with nothing that the caller knows. */
const answerPingId: Respond = (keys, { text }) => {
  const key = Buffer.from(keys.ping_use_base64_key, "base64");
  const isGood = isGoodPingIdRequest(keys, key, text);
  const header = encodeJson({ alg: "HS256" });
  const input = `${header}.${encodeJson({ responseBody: { errorId: isGood ? 10564 : 10503 } })}`;
  return { status: 400, body: `${input}.${signHs256(input, isGood ? key : Buffer.from("nobody's"))}` };
};

/** Throws where it cannot be read. */
function isGoodPingIdRequest(keys: VendorKeys, key: Buffer, text: string): boolean {
  const [head = "", content = "", signature] = text.split(".");
  const { reqHeader, reqBody } = decodeJson(content);
  const { alg, org_alias, token } = decodeJson(head);
  return (
    alg === "HS256" &&
    signature === signHs256(`${head}.${content}`, key) &&
    [org_alias, reqHeader?.orgAlias].every((alias) => alias === keys.ping_org_alias) &&
    [token, reqHeader?.secretKey].every((secret) => secret === keys.ping_token) &&
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(reqHeader?.timestamp) &&
    typeof reqBody?.userName === "string"
  );
}

function signHs256(input: string, key: Buffer): string {
  return createHmac("sha256", key).update(input).digest("base64url");
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

// biome-ignore lint/suspicious/noExplicitAny: a wrong body may fail in any way it likes
function decodeJson(text: string): any {
  return JSON.parse(Buffer.from(text, "base64url").toString() || "{}");
}

const answerRsa: Respond = (keys, { headers, path, text }) => {
  if (headers["client-key"] !== keys.rsa_accesskey) return { status: 403, body: { code: "FORBIDDEN" } };
  if (path.endsWith("cancel")) return answerOk({ attemptResponseCode: "CANCELLED" });
  const { messageId } = JSON.parse(text).context;
  return answerOk({ attemptResponseCode: "CHALLENGE", context: { authnAttemptId: "a1", messageId } });
};

const VENDORS: { path: string; answer: Respond }[] = [
  { path: "/api/v1/org", answer: answerOkta },
  { path: "/auth/v2/check", answer: answerDuo },
  { path: "/pingid/rest/4/getuserdetails/do", answer: answerPingId },
  { path: "/mfa/v1_1/authn/", answer: answerRsa },
];
