/**
 * Whether PingID accepts a profile's keys: a signed question for a user that cannot exist, whose answer is signed too.
 * https://apidocs.pingidentity.com/pingid-api
 */

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import { parseJson, readBytes } from "../../../http/index.ts";
import type { FailedCall } from "../../../model/index.ts";
import { failed, passed, untested } from "../../doctor-check.ts";
import { MISSPELT, MISSPELT_HOST } from "../settings.ts";
import { isResult, refusalOf, type Trial, text, trialHttp } from "./index.ts";

const PATH = "/pingid/rest/4/getuserdetails/do";
const VERSION = "4.9.17";
const NO_SUCH_USER = "10564";
const ASK_AGAIN = "10551";
const MOST_BYTES = 64 * 1024;

export const tryPingId: Trial = async (needs, { shown, secret }, signal) => {
  const host = text(shown.ping_api_host);
  if (host.toLowerCase() === MISSPELT_HOST) return failed(MISSPELT);
  const key = Buffer.from(secret.ping_use_base64_key ?? "", "base64");
  const http = trialHttp(
    { ...needs, fetch: wrapped(needs.fetch) },
    host,
    ["pingidentity.com", "pingidentity.eu"],
    (body) => told(body, key),
  );
  if (isResult(http)) return http;
  const body = question(text(shown.ping_org_alias), secret.ping_token ?? "", key, needs.clock());
  const headers = { "content-type": "application/json" };
  try {
    const answer = await http.call({
      method: "POST",
      url: `https://${host}${PATH}`,
      path: PATH,
      headers,
      body,
      schema: v.unknown(),
      signal,
    });
    return judged(told(answer.body, key));
  } catch (error) {
    const refusal = refusalOf(error, 400, 401, 403);
    if (!refusal) throw error;
    return judged(refusal);
  }
};

function judged({ vendorCode, said }: FailedCall) {
  if (vendorCode === NO_SUCH_USER || vendorCode === "200")
    return passed("PingID accepts the keys, and signs its answers with them.");
  if (vendorCode === ASK_AGAIN) return untested("PingID asks to be asked again; try later.");
  if (vendorCode !== undefined)
    return failed(`PingID refuses the keys (error ${vendorCode}); take them from pingid.properties again.`);
  const unsigned = said?.unsigned === undefined ? "" : ` (error ${said.unsigned})`;
  return failed(
    `PingID's answer is not signed with ping_use_base64_key${unsigned}; take the keys from pingid.properties again.`,
  );
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const mac = (input: string, key: Buffer) => createHmac("sha256", key).update(input).digest();

/** A JWS in its compact form (RFC 7515). */
function question(alias: string, token: string, key: Buffer, now: number): string {
  const timestamp = new Date(now).toISOString().replace("T", " ").replace("Z", "");
  const reqHeader = { locale: "en", orgAlias: alias, secretKey: token, timestamp, version: VERSION };
  const reqBody = { getSameDeviceUsers: false, userName: `mfa-warden-${randomUUID()}` };
  const input = `${encode({ alg: "HS256", org_alias: alias, token })}.${encode({ reqHeader, reqBody })}`;
  return `${input}.${mac(input, key).toString("base64url")}`;
}

const payload = v.object({ responseBody: v.object({ errorId: v.number() }) });

/** The error that an answer names, if it is signed with our key. */
function told(body: unknown, key: Buffer): FailedCall {
  const read = v.safeParse(v.object({ jws: v.string() }), body);
  const [head = "", content = "", signature = ""] = read.success ? read.output.jws.trim().split(".") : [];
  const right = mac(`${head}.${content}`, key);
  const given = Buffer.from(signature, "base64url");
  const claim = v.safeParse(payload, parseJson(Buffer.from(content, "base64url"))?.value);
  const code = claim.success ? String(claim.output.responseBody.errorId) : undefined;
  if (code === undefined) return {};
  return given.length === right.length && timingSafeEqual(given, right)
    ? { vendorCode: code }
    : { said: { unsigned: code } };
}

/** PingID answers with a JWS, and http.ts reads JSON: puts the one into the other. */
const wrapped =
  (send: typeof fetch): typeof fetch =>
  async (input, init) => {
    const response = await send(input, init);
    if (response.status !== 200 && response.status !== 400) return response;
    const bytes = await readBytes(response, MOST_BYTES);
    return Response.json({ jws: bytes?.toString("latin1") ?? "" }, { status: response.status });
  };
