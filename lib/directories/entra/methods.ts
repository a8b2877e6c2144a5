/** The authentication methods of the registration report, as devices. https://learn.microsoft.com/graph/api/resources/userregistrationdetails */

import * as v from "valibot";
import { type Device, type Fact, knownFact, unknownFact } from "../../model/index.ts";
import { anything, uuid } from "../fields.ts";
import { printable } from "./schema.ts";

export const registration = v.object({
  id: uuid,
  userPrincipalName: v.fallback(v.string(), ""),
  isMfaCapable: anything,
  isMfaRegistered: anything,
  isPasswordlessCapable: anything,
  methodsRegistered: anything,
});
export type Registration = v.InferOutput<typeof registration>;

/** By names of the report, and of the same methods in other documents of Graph. */
const DEVICE_BY_METHOD = new Map<string, Device["method"]>([
  ["mobilePhone", "sms"],
  ["sms", "sms"],
  ["mobileSMS", "sms"],
  ["alternateMobilePhone", "voice"],
  ["mobileCall", "voice"],
  ["alternateMobileCall", "voice"],
  ["officePhone", "voice"],
  ["microsoftAuthenticatorPush", "push"],
  ["microsoftAuthenticatorPasswordless", "push"],
  ["appNotification", "push"],
  ["softwareOneTimePasscode", "totp"],
  ["hardwareOneTimePasscode", "totp"],
  ["appCode", "totp"],
  ["fido", "fido2"],
  ["fido2", "fido2"],
  ["fido2SecurityKey", "fido2"],
  ["passKeyDeviceBound", "fido2"],
  ["passKeyDeviceBoundAuthenticator", "fido2"],
  ["passKeyDeviceBoundWindowsHello", "fido2"],
  ["passKeySynced", "fido2"],
  ["windowsHelloForBusiness", "fido2"],
  ["macOsSecureEnclaveKey", "fido2"],
]);

/** For resetting a password, for one sign-in, or in place of a second factor: none of them is one. */
const NO_SECOND_FACTOR = new Set(["email", "securityQuestion", "appPassword", "temporaryAccessPass", "qrCode"]);

/** Signs in without a password as passkeys do, and is not proof against phishing. */
const PASSWORDLESS_APP = "microsoftAuthenticatorPasswordless";

const methodList = v.array(v.string());
const flag = v.boolean();

/**
 * Only what the tenant's policy lets the person use is usable; which of several methods that is, the report says for passwordless
 * ones alone.
 */
export function devicesOf(row: Registration): Fact<readonly Device[]> {
  const { isMfaCapable, isMfaRegistered, methodsRegistered: methods } = row;
  if (!v.is(methodList, methods)) return unreadable("methodsRegistered");
  if (!v.is(flag, isMfaCapable)) return unreadable("isMfaCapable");
  const devices = methods
    .filter((method) => !NO_SECOND_FACTOR.has(method))
    .map((method) => deviceOf(method, row, isMfaCapable));
  if (devices.length > 0 || (!isMfaCapable && isMfaRegistered !== true)) return knownFact(devices);
  return knownFact([{ method: "unknown", usable: true, unknownValue: "that the report does not name" }]);
}

const unreadable = (field: string) =>
  unknownFact(`Entra's registration report has no readable ${field} of this account`);

function deviceOf(name: string, row: Registration, isMfaCapable: boolean): Device {
  const method = DEVICE_BY_METHOD.get(name) ?? "unknown";
  if (!isMfaCapable) return { method, usable: false };
  if (method === "unknown") return { method, usable: true, unknownValue: `of kind ${printable(name)}` };
  return method === "fido2" ? passkey(name, row) : { method, usable: true };
}

/** `isPasswordlessCapable` is about all passwordless methods together. */
function passkey(name: string, { isPasswordlessCapable, methodsRegistered }: Registration): Device {
  if (isPasswordlessCapable === false) return { method: "fido2", usable: false };
  const isSure = isPasswordlessCapable === true && !v.parse(methodList, methodsRegistered).includes(PASSWORDLESS_APP);
  if (isSure) return { method: "fido2", usable: true };
  return { method: "unknown", usable: true, unknownValue: `of kind ${printable(name)} that may not be allowed` };
}
