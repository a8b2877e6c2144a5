/** What the facts prove about a requirement. Only known facts prove or disprove anything. */

import type { Device, Judgement, MfaBypass, Requirement, Subject } from "../model/index.ts";

/** `holds` is `undefined` when the facts neither prove nor disprove the requirement. */
export interface RequirementCheck {
  readonly holds: boolean | undefined;
  /** One sentence. */
  readonly why: string;
}

const HOLDS: RequirementCheck = { holds: true, why: "The facts prove it." };
const OFF: RequirementCheck = { holds: false, why: "MFA is off." };
const BARE: RequirementCheck = { holds: false, why: "MFA is off; no usable device." };
const NO_DEVICE: RequirementCheck = { holds: false, why: "No usable device." };
const NO_FIDO2: RequirementCheck = { holds: false, why: "No usable FIDO2 device." };
/** Whether devices decide it: always where the vendor's switch alone protects nobody. */
export const needsDevices = (
  requirement: NonNullable<Judgement["requirement"]>,
  { switchNeedsDevice }: Pick<Subject, "switchNeedsDevice">,
): boolean =>
  requirement === "registered" ||
  requirement === "phishing-resistant" ||
  (requirement === "enabled" && switchNeedsDevice === true);

export function checkRequirement(
  requirement: Requirement,
  subject: Pick<Subject, "facts" | "switchNeedsDevice">,
): RequirementCheck {
  const { enabled, devices, bypass } = subject.facts;
  const asksDevices = needsDevices(requirement, subject);
  if (enabled.known && !enabled.value) return devices.known && !hasUsableDevice(devices.value) ? BARE : OFF;
  if (asksDevices && devices.known) {
    const lacking = requirement === "phishing-resistant" ? lackingFido2(devices.value) : lackingDevice(devices.value);
    if (lacking !== undefined) return lacking;
  }
  if (asksDevices && bypass?.known && bypass.value.active) return bypassed(bypass.value);
  if (!enabled.known) return { holds: undefined, why: `Whether MFA is on is not known: ${enabled.why}.` };
  if (asksDevices && !devices.known)
    return { holds: undefined, why: `Which devices are registered is not known: ${devices.why}.` };
  if (asksDevices && bypass && !bypass.known)
    return { holds: undefined, why: `Whether MFA may be bypassed is not known: ${bypass.why}.` };
  return HOLDS;
}

/** A device proves nothing while the person may sign in without it. */
const bypassed = ({ until }: MfaBypass): RequirementCheck => ({
  holds: false,
  why: until === undefined ? "MFA may be bypassed." : `MFA may be bypassed until ${until}.`,
});

/** Of any kind. */
export const hasUsableDevice = (devices: readonly Device[]): boolean => devices.some(({ usable }) => usable);

function lackingDevice(devices: readonly Device[]): RequirementCheck | undefined {
  if (devices.some(({ usable, method }) => usable && method !== "unknown")) return undefined;
  return unsure(devices, (what) => `Only ${what}, may be usable.`) ?? NO_DEVICE;
}

function lackingFido2(devices: readonly Device[]): RequirementCheck | undefined {
  const usable = (method: Device["method"]) => devices.some((device) => device.usable && device.method === method);
  if (usable("fido2")) return undefined;
  return unsure(devices, (what) => `No FIDO2 device is known, but ${what}, may be one.`) ?? NO_FIDO2;
}

function unsure(devices: readonly Device[], why: (what: string) => string): RequirementCheck | undefined {
  const what = describeUnknownDevices(devices);
  return what === undefined ? undefined : { holds: undefined, why: why(what) };
}

/** Like "one device of kind WATCH, which this version does not know"; `undefined` if all are known. */
export function describeUnknownDevices(devices: readonly Device[]): string | undefined {
  const unknown = devices.filter(({ usable, method }) => usable && method === "unknown");
  if (unknown.length === 0) return undefined;
  const values = new Set(unknown.map(({ unknownValue = "of a kind" }) => unknownValue));
  const count = unknown.length === 1 ? "one device" : `${unknown.length} devices`;
  return `${count} ${[...values].join(", ")}, which this version does not know`;
}
