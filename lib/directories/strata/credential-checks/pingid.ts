/**
 * Whether PingID accepts a profile's keys: a signed question for a user that cannot exist, whose answer is signed too.
 * https://apidocs.pingidentity.com/pingid-api
 */

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import { parseJson, readBytes } from "../../../http/index.ts";
import type { FailedCall } from "../../../model/index.ts";
import { type CheckResult, failed, passed, untested } from "../../doctor-check.ts";
import { isMisspeltPingHost, MISSPELT_PING_HOST_WARNING } from "../kinds.ts";
import type { WantedProfile } from "../wanted-profiles.ts";
import { type CredentialCheck, credentialClient, isCheckResult, refusalOf, textOf } from "./client.ts";

const PATH = "/pingid/rest/4/getuserdetails/do";
const VERSION = "4.9.17";
const NO_SUCH_USER = "10564";
const ASK_AGAIN = "10551";
const MAX_ANSWER_BYTES = 64 * 1024;
const DOMAINS = ["pingidentity.com", "pingidentity.eu"];

export const checkPingIdCredential: CredentialCheck = async (needs, wanted, signal) => {
  const host = textOf(wanted.fields.ping_api_host);
  if (isMisspeltPingHost(host)) return failed(MISSPELT_PING_HOST_WARNING);
  const key = Buffer.from(wanted.secrets.ping_use_base64_key ?? "", "base64");
  const describeVendorError = (body: unknown) => readSignedError(body, key);
  const http = credentialClient(
    { ...needs, fetch: wrapJws(needs.fetch) },
    { host, domains: DOMAINS, describeVendorError },
  );
  if (isCheckResult(http)) return http;
  try {
    const { body } = await http.call({
      method: "POST",
      url: `https://${host}${PATH}`,
      path: PATH,
      headers: { "content-type": "application/json" },
      body: signedQuestion(wanted, key, needs.clock()),
      schema: v.unknown(),
      signal,
    });
    return resultOf(readSignedError(body, key));
  } catch (error) {
    const refusal = refusalOf(error, 400, 401, 403);
    if (!refusal) throw error;
    return resultOf(refusal);
  }
};

function resultOf({ vendorCode, said }: FailedCall): CheckResult {
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

const encodePart = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const hmac = (input: string, key: Buffer) => createHmac("sha256", key).update(input).digest();

/** A JWS in its compact form (RFC 7515). */
function signedQuestion({ fields, secrets }: WantedProfile, key: Buffer, now: number): string {
  const alias = textOf(fields.ping_org_alias);
  const token = secrets.ping_token ?? "";
  const timestamp = new Date(now).toISOString().replace("T", " ").replace("Z", "");
  const reqHeader = { locale: "en", orgAlias: alias, secretKey: token, timestamp, version: VERSION };
  const reqBody = { getSameDeviceUsers: false, userName: `mfa-warden-${randomUUID()}` };
  const input = `${encodePart({ alg: "HS256", org_alias: alias, token })}.${encodePart({ reqHeader, reqBody })}`;
  return `${input}.${hmac(input, key).toString("base64url")}`;
}

const payload = v.object({ responseBody: v.object({ errorId: v.number() }) });
const wrappedJws = v.object({ jws: v.string() });

/** The error that an answer names, if it is signed with our key. */
function readSignedError(body: unknown, key: Buffer): FailedCall {
  const wrapped = v.safeParse(wrappedJws, body);
  const [head = "", content = "", signature = ""] = wrapped.success ? wrapped.output.jws.trim().split(".") : [];
  const claim = v.safeParse(payload, parseJson(Buffer.from(content, "base64url"))?.value);
  if (!claim.success) return {};
  const code = String(claim.output.responseBody.errorId);
  const expected = hmac(`${head}.${content}`, key);
  const given = Buffer.from(signature, "base64url");
  const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
  return isSigned ? { vendorCode: code } : { said: { unsigned: code } };
}

/** PingID answers with a JWS, and `lib/http` reads JSON: puts the one into the other. */
const wrapJws =
  (send: typeof fetch): typeof fetch =>
  async (input, init) => {
    const response = await send(input, init);
    if (response.status !== 200 && response.status !== 400) return response;
    const bytes = await readBytes(response, MAX_ANSWER_BYTES);
    return Response.json({ jws: bytes?.toString("latin1") ?? "" }, { status: response.status });
  };
