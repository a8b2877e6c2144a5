/** Duo, Okta, PingID and RSA, as far as trying a credential needs them; each by its own rules. */

import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "../shared/answers.ts";

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

export function answerVendor(keys: VendorKeys, call: VendorCall): Answer {
  const vendor = vendors.find(({ path }) => call.path === path || (path.endsWith("/") && call.path.startsWith(path)));
  try {
    return vendor?.answer(keys, call) ?? { status: 404, body: { error: "There is no such address" } };
  } catch {
    return { status: 400, body: { error: "This cannot be read" } };
  }
}

type Respond = (keys: VendorKeys, call: VendorCall) => Answer;

const okta: Respond = (keys, { headers }) =>
  headers.authorization === `SSWS ${keys.okta_token}`
    ? { status: 200, body: { id: "00o1", status: "ACTIVE" } }
    : { status: 401, body: { errorCode: "E0000011", errorSummary: "Invalid token provided" } };

const duo: Respond = (keys, { method, host, path, headers, now }) => {
  const refuse = (code: number): Answer => ({ status: 401, body: { stat: "FAIL", code, message: "Refused" } });
  const date = headers.date ?? "";
  const [, pair = ""] = (headers.authorization ?? "").split(" ");
  const [key, signature] = Buffer.from(pair, "base64").toString().split(":");
  if (signature === undefined) return refuse(40101);
  if (key !== keys.duo_integration_key) return refuse(40102);
  if (Math.abs(Date.parse(date) - now) > 300_000) return refuse(40105);
  const canon = `${date}\n${method}\n${host.toLowerCase()}\n${path}\n`;
  if (signature !== createHmac("sha512", keys.duo_secret_key).update(canon).digest("hex")) return refuse(40103);
  return { status: 200, body: { stat: "OK", response: { time: Math.floor(now / 1000) } } };
};

/** Without a good signature, PingID's answer is signed with nothing that the caller knows. */
const pingId: Respond = (keys, { text }) => {
  const [head = "", content = "", signature] = text.split(".");
  const key = Buffer.from(keys.ping_use_base64_key, "base64");
  const sign = (input: string, by: Buffer) => createHmac("sha256", by).update(input).digest("base64url");
  const { reqHeader, reqBody } = JSON.parse(Buffer.from(content, "base64url").toString() || "{}");
  const { alg, org_alias, token } = JSON.parse(Buffer.from(head, "base64url").toString() || "{}");
  const right =
    alg === "HS256" &&
    signature === sign(`${head}.${content}`, key) &&
    [org_alias, reqHeader?.orgAlias].every((alias) => alias === keys.ping_org_alias) &&
    [token, reqHeader?.secretKey].every((one) => one === keys.ping_token) &&
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(reqHeader?.timestamp) &&
    typeof reqBody?.userName === "string";
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${encode({ alg: "HS256" })}.${encode({ responseBody: { errorId: right ? 10564 : 10503 } })}`;
  return { status: 400, body: `${input}.${sign(input, right ? key : Buffer.from("nobody's"))}` };
};

const rsa: Respond = (keys, { headers, path, text }) => {
  if (headers["client-key"] !== keys.rsa_accesskey) return { status: 403, body: { code: "FORBIDDEN" } };
  if (path.endsWith("cancel")) return { status: 200, body: { attemptResponseCode: "CANCELLED" } };
  const { context } = JSON.parse(text);
  return {
    status: 200,
    body: { attemptResponseCode: "CHALLENGE", context: { authnAttemptId: "a1", messageId: context.messageId } },
  };
};

const vendors: { path: string; answer: Respond }[] = [
  { path: "/api/v1/org", answer: okta },
  { path: "/auth/v2/check", answer: duo },
  { path: "/pingid/rest/4/getuserdetails/do", answer: pingId },
  { path: "/mfa/v1_1/authn/", answer: rsa },
];
