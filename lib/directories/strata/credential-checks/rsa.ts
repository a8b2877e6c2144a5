/**
 * Whether RSA SecurID Access accepts a profile's key: begins a sign-in of a user that cannot exist, and calls it off. It may
 * count as a failed sign-in there, so it is only done when it is asked for. https://community.rsa.com
 */

import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { HttpClient } from "../../../http/index.ts";
import { type CheckResult, failed, passed, untested } from "../../doctor-check.ts";
import type { WantedProfile } from "../wanted-profiles.ts";
import { type CredentialCheck, credentialClient, isCheckResult, refusalOf, textOf } from "./client.ts";

const INITIALIZE_PATH = "/mfa/v1_1/authn/initialize";
const CANCEL_PATH = "/mfa/v1_1/authn/cancel";

const signIn = v.object({
  attemptResponseCode: v.picklist(["CHALLENGE", "SUCCESS", "FAIL"]),
  context: v.optional(v.object({ authnAttemptId: v.optional(v.string()), messageId: v.optional(v.string()) }), {}),
});

export const checkRsaCredential: CredentialCheck = async (needs, wanted, signal) => {
  if (wanted.fields.rsa_api_host === undefined) return untested("The policy names no rsa_api_host.");
  const http = credentialClient(needs, { host: textOf(wanted.fields.rsa_api_host), domains: ["securid.com"] });
  if (isCheckResult(http)) return http;
  try {
    return await trySignIn(http, wanted, signal);
  } catch (error) {
    const refusal = refusalOf(error, 400, 401, 403);
    if (!refusal) throw error;
    if (refusal.status === 400)
      return untested("RSA did not understand the question, so it says nothing about the key.");
    return failed("RSA does not accept the access key; check rsa_accesskey.");
  }
};

async function trySignIn(http: HttpClient, wanted: WantedProfile, signal: AbortSignal): Promise<CheckResult> {
  const { attemptResponseCode, context } = await initialize(http, wanted, signal);
  if (attemptResponseCode === "SUCCESS") return failed("RSA signed in a user that does not exist; look at its policy.");
  const { authnAttemptId, messageId } = context;
  if (attemptResponseCode === "CHALLENGE" && authnAttemptId !== undefined) {
    const body = { context: { authnAttemptId, messageId: randomUUID(), inResponseTo: messageId } };
    await post(http, wanted, { path: CANCEL_PATH, body, schema: v.unknown() }, signal);
  }
  return passed("RSA accepts the access key.");
}

function initialize(http: HttpClient, wanted: WantedProfile, signal: AbortSignal) {
  const body = {
    clientId: "mfa-warden",
    subjectName: `mfa-warden-${randomUUID()}`,
    assurancePolicyId: textOf(wanted.fields.rsa_assurancepolicyid),
    subjectCredentials: [],
    context: { messageId: randomUUID() },
  };
  return post(http, wanted, { path: INITIALIZE_PATH, body, schema: signIn }, signal);
}

interface RsaRequest<S extends v.GenericSchema> {
  readonly path: string;
  readonly body: object;
  readonly schema: S;
}

async function post<S extends v.GenericSchema>(
  http: HttpClient,
  { fields, secrets }: WantedProfile,
  { path, body, schema }: RsaRequest<S>,
  signal: AbortSignal,
): Promise<v.InferOutput<S>> {
  const response = await http.call({
    method: "POST",
    url: `https://${textOf(fields.rsa_api_host)}${path}`,
    path,
    headers: { "client-key": secrets.rsa_accesskey ?? "", "content-type": "application/json" },
    body: JSON.stringify(body),
    schema,
    signal,
  });
  return response.body;
}
