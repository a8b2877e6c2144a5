/** Whether Duo accepts a profile's keys: `GET /auth/v2/check`, signed. https://duo.com/docs/authapi#/check */

import { createHmac } from "node:crypto";
import * as v from "valibot";
import { failed, passed, untested } from "../../doctor-check.ts";
import { isResult, refusalOf, type Trial, text, trialHttp } from "./index.ts";

const PATH = "/auth/v2/check";
const answer = v.object({ stat: v.literal("OK"), response: v.object({ time: v.number() }) });
const problem = v.object({ code: v.number() });
/** Duo refuses a signature by a clock further away than that. */
const MOST_SKEW_S = 300;

export const tryDuo: Trial = async (needs, { shown, secret }, signal) => {
  const host = text(shown.duo_api_host).toLowerCase();
  const http = trialHttp(needs, host, ["duosecurity.com"], (body) => {
    const read = v.safeParse(problem, body);
    return read.success ? { vendorCode: String(read.output.code) } : {};
  });
  if (isResult(http)) return http;
  const key = secret.duo_integration_key ?? text(shown.duo_integration_key);
  const headers = sign(host, key, secret.duo_secret_key ?? "", needs.clock());
  try {
    const { body } = await http.call({
      method: "GET",
      url: `https://${host}${PATH}`,
      path: PATH,
      headers,
      schema: answer,
      signal,
    });
    const apart = Math.round(Math.abs(body.response.time - needs.clock() / 1000));
    if (apart <= MOST_SKEW_S) return passed("Duo accepts the integration key and the secret key.");
    return failed(`Duo accepts the keys, but its clock and ours are ${apart} s apart; set this machine's clock.`);
  } catch (error) {
    const refusal = refusalOf(error, 400, 401, 403);
    if (!refusal) throw error;
    return (
      REFUSALS.get(refusal.vendorCode ?? "") ??
      failed(`Duo refuses the keys (${refusal.vendorCode ?? refusal.status}).`)
    );
  }
};

const REFUSALS = new Map([
  ["40101", failed("Duo found no signature, which is a fault of mfa-warden.")],
  ["40102", failed("Duo does not know the integration key; check duo_integration_key.")],
  ["40103", failed("Duo does not accept the signature; check duo_secret_key.")],
  ["40104", failed("Duo says that our clock is wrong; set this machine's clock.")],
  ["40105", failed("Duo says that our clock is wrong; set this machine's clock.")],
  ["40301", untested("Duo accepts the keys, but they may not use its Auth API; use an Auth API application.")],
]);

/** Duo's second kind of canonical form: date, method, host, path and parameters, of which there are none. */
function sign(host: string, key: string, secret: string, now: number): Record<string, string> {
  const date = new Date(now).toUTCString().replace("GMT", "-0000");
  const signature = createHmac("sha512", secret).update([date, "GET", host, PATH, ""].join("\n")).digest("hex");
  return { date, authorization: `Basic ${Buffer.from(`${key}:${signature}`).toString("base64")}` };
}
