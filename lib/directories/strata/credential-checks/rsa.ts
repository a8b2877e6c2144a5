/**
 * Whether RSA SecurID Access accepts a profile's key: begins a sign-in of a user that cannot exist, and calls it off. It may
 * count as a failed sign-in there, so it is only done when it is asked for. https://community.rsa.com
 */

import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { failed, passed, untested } from "../../doctor-check.ts";
import { isResult, refusalOf, type Trial, text, trialHttp } from "./index.ts";

const BEGIN = "/mfa/v1_1/authn/initialize";
const END = "/mfa/v1_1/authn/cancel";
const answer = v.object({
  attemptResponseCode: v.picklist(["CHALLENGE", "SUCCESS", "FAIL"]),
  context: v.optional(v.object({ authnAttemptId: v.optional(v.string()), messageId: v.optional(v.string()) }), {}),
});

export const tryRsa: Trial = async (needs, { shown, secret }, signal) => {
  if (shown.rsa_api_host === undefined) return untested("The policy names no rsa_api_host.");
  const host = text(shown.rsa_api_host);
  const http = trialHttp(needs, host, ["securid.com"]);
  if (isResult(http)) return http;
  const headers = { "client-key": secret.rsa_accesskey ?? "", "content-type": "application/json" };
  const send = (path: string, body: object, schema: v.GenericSchema) =>
    http.call({
      method: "POST",
      url: `https://${host}${path}`,
      path,
      headers,
      body: JSON.stringify(body),
      schema,
      signal,
    });
  const begin = {
    clientId: "mfa-warden",
    subjectName: `mfa-warden-${randomUUID()}`,
    assurancePolicyId: text(shown.rsa_assurancepolicyid),
    subjectCredentials: [],
    context: { messageId: randomUUID() },
  };
  try {
    const { attemptResponseCode, context } = v.parse(answer, (await send(BEGIN, begin, answer)).body);
    if (attemptResponseCode === "SUCCESS")
      return failed("RSA signed in a user that does not exist; look at its policy.");
    if (attemptResponseCode === "CHALLENGE" && context.authnAttemptId !== undefined) {
      const { authnAttemptId, messageId } = context;
      await send(END, { context: { authnAttemptId, messageId: randomUUID(), inResponseTo: messageId } }, v.unknown());
    }
    return passed("RSA accepts the access key.");
  } catch (error) {
    const refusal = refusalOf(error, 400, 401, 403);
    if (!refusal) throw error;
    if (refusal.status === 400)
      return untested("RSA did not understand the question, so it says nothing about the key.");
    return failed("RSA does not accept the access key; check rsa_accesskey.");
  }
};
