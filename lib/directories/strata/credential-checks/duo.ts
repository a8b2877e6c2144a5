/** Whether Duo accepts a profile's keys: `GET /auth/v2/check`, signed. https://duo.com/docs/authapi#/check */

import { createHmac } from "node:crypto";
import * as v from "valibot";
import type { VendorErrorDetail } from "../../../http/index.ts";
import { type CheckResult, failed, passed, untested } from "../../doctor-check.ts";
import { type CredentialCheck, credentialClient, isCheckResult, refusalOf, textOf } from "./client.ts";

const PATH = "/auth/v2/check";
const signedTime = v.object({ stat: v.literal("OK"), response: v.object({ time: v.number() }) });
const problem = v.object({ code: v.number() });
/** Duo refuses a signature by a clock further away than that. */
const MAX_SKEW_S = 300;

export const checkDuoCredential: CredentialCheck = async (needs, { fields, secrets }, signal) => {
  const host = textOf(fields.duo_api_host).toLowerCase();
  const http = credentialClient(needs, { host, domains: ["duosecurity.com"], describeVendorError });
  if (isCheckResult(http)) return http;
  const integrationKey = secrets.duo_integration_key ?? textOf(fields.duo_integration_key);
  try {
    const { body } = await http.call({
      method: "GET",
      url: `https://${host}${PATH}`,
      path: PATH,
      headers: sign({ host, integrationKey, secretKey: secrets.duo_secret_key ?? "", now: needs.clock() }),
      schema: signedTime,
      signal,
    });
    return resultOf(Math.round(Math.abs(body.response.time - needs.clock() / 1000)));
  } catch (error) {
    const refusal = refusalOf(error, 400, 401, 403);
    if (!refusal) throw error;
    const unknown = failed(`Duo refuses the keys (${refusal.vendorCode ?? refusal.status}).`);
    return REFUSALS.get(refusal.vendorCode ?? "") ?? unknown;
  }
};

function describeVendorError(body: unknown): VendorErrorDetail {
  const { success, output } = v.safeParse(problem, body);
  return success ? { vendorCode: String(output.code) } : {};
}

function resultOf(skewS: number): CheckResult {
  if (skewS <= MAX_SKEW_S) return passed("Duo accepts the integration key and the secret key.");
  return failed(`Duo accepts the keys, but its clock and ours are ${skewS} s apart; set this machine's clock.`);
}

const REFUSALS = new Map([
  ["40101", failed("Duo found no signature, which is a fault of mfa-warden.")],
  ["40102", failed("Duo does not know the integration key; check duo_integration_key.")],
  ["40103", failed("Duo does not accept the signature; check duo_secret_key.")],
  ["40104", failed("Duo says that our clock is wrong; set this machine's clock.")],
  ["40105", failed("Duo says that our clock is wrong; set this machine's clock.")],
  ["40301", untested("Duo accepts the keys, but they may not use its Auth API; use an Auth API application.")],
]);

interface DuoSignature {
  readonly host: string;
  readonly integrationKey: string;
  readonly secretKey: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Duo's second kind of canonical form: date, method, host, path and parameters, of which there are none. */
function sign({ host, integrationKey, secretKey, now }: DuoSignature): Record<string, string> {
  const date = new Date(now).toUTCString().replace("GMT", "-0000");
  const canonical = [date, "GET", host, PATH, ""].join("\n");
  const signature = createHmac("sha512", secretKey).update(canonical).digest("hex");
  const credentials = Buffer.from(`${integrationKey}:${signature}`).toString("base64");
  return { date, authorization: `Basic ${credentials}` };
}
