/** A user's factors read as devices. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor */

import * as v from "valibot";
import type { Device } from "../../model/index.ts";
import { textOrEmpty } from "../fields.ts";
import type { OktaApi } from "./api.ts";
import { FACTORS_PATH } from "./budgets.ts";

/** By Okta's type. FastPass and Duo may be proof against phishing, but Okta does not say of one whether it is. */
const METHOD_BY_TYPE: ReadonlyMap<string, Device["method"]> = new Map([
  ["call", "voice"],
  ["email", "email"],
  ["push", "push"],
  ["signed_nonce", "push"],
  ["sms", "sms"],
  ["token", "totp"],
  ["token:hardware", "totp"],
  ["token:hotp", "totp"],
  ["token:software:totp", "totp"],
  ["u2f", "fido2"],
  ["web", "push"],
  ["webauthn", "fido2"],
] as const);

/** What the person knows, as the password is. */
const KNOWLEDGE = "question";

/** Every documented status, and whether the factor is asked for in it. */
const IS_USABLE_BY_STATUS: ReadonlyMap<string, boolean> = new Map([
  ["ACTIVE", true],
  ["DISABLED", false],
  ["ENROLLED", false],
  ["EXPIRED", false],
  ["INACTIVE", false],
  ["NOT_SETUP", false],
  ["PENDING_ACTIVATION", false],
]);

/** One that makes no sense is a factor all the same: nobody knows which. */
const factor = v.fallback(v.object({ factorType: textOrEmpty, status: textOrEmpty }), { factorType: "", status: "" });

/** Those that Okta shows to our network. */
export async function readFactors(api: OktaApi, id: string, signal: AbortSignal): Promise<Device[]> {
  const devices: Device[] = [];
  for await (const page of api.pages({ path: FACTORS_PATH, id, schema: v.array(factor), signal }))
    devices.push(...page.filter(({ factorType }) => factorType !== KNOWLEDGE).map(deviceOf));
  return devices;
}

function deviceOf({ factorType, status }: v.InferOutput<typeof factor>): Device {
  const method = METHOD_BY_TYPE.get(factorType);
  if (method === undefined) return unknownDevice("of type", factorType);
  const usable = IS_USABLE_BY_STATUS.get(status);
  return usable === undefined ? unknownDevice("with status", status) : { method, usable };
}

const unknownDevice = (what: string, value: string): Device => ({
  method: "unknown",
  usable: false,
  unknownValue:
    value === "" ? `${what} that cannot be read` : `${what} ${value.replace(/[^\w:.-]/g, "?").slice(0, 40)}`,
});
