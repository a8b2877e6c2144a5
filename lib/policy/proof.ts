/** What the facts prove about a requirement. Only known facts prove or disprove anything. */

import type { Device, Judgement, Requirement, Subject } from "../model/index.ts";

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
const UNKNOWN_KIND: RequirementCheck = {
  holds: undefined,
  why: "The only usable devices are of a kind that this version does not know.",
};
const UNCLEAR: RequirementCheck = {
  holds: undefined,
  why: "No FIDO2 device is known, but a device of a kind that this version does not know may be one.",
};

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
  const { enabled, devices } = subject.facts;
  const asksDevices = needsDevices(requirement, subject);
  if (enabled.known && !enabled.value) return devices.known && !hasUsableDevice(devices.value) ? BARE : OFF;
  if (asksDevices && devices.known) {
    const lacking = requirement === "phishing-resistant" ? lackingFido2(devices.value) : lackingDevice(devices.value);
    if (lacking !== undefined) return lacking;
  }
  if (!enabled.known) return { holds: undefined, why: `Whether MFA is on is not known: ${enabled.why}.` };
  if (asksDevices && !devices.known)
    return { holds: undefined, why: `Which devices are registered is not known: ${devices.why}.` };
  return HOLDS;
}

/** Of any kind. */
export const hasUsableDevice = (devices: readonly Device[]): boolean => devices.some(({ usable }) => usable);

function lackingDevice(devices: readonly Device[]): RequirementCheck | undefined {
  if (devices.some(({ usable, method }) => usable && method !== "unknown")) return undefined;
  return hasUsableDevice(devices) ? UNKNOWN_KIND : NO_DEVICE;
}

function lackingFido2(devices: readonly Device[]): RequirementCheck | undefined {
  const usable = (method: Device["method"]) => devices.some((device) => device.usable && device.method === method);
  if (usable("fido2")) return undefined;
  return usable("unknown") ? UNCLEAR : NO_FIDO2;
}
