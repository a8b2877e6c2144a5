/** What a verdict comes to in the vocabularies of the formats for findings. */

import type { Verdict } from "../../model/index.ts";
import type { ReportHead, ReportRow } from "../data/index.ts";

export const PRODUCT_NAME = "mfa-warden";

/** Its verdict is not the one that the run before found, or it was not there before. */
export const isNewFinding = (row: ReportRow, head: ReportHead): boolean =>
  row.verdict !== row.read || row.since >= head.startedAt;

/** Whether the account has a second factor and must use it, as last seen; `undefined` where that is not known. */
export function hasMfa(row: ReportRow): boolean | undefined {
  const { enabled, devices } = row.factsAfter ?? row.facts;
  if (enabled === false) return false;
  if (!Array.isArray(devices)) return undefined;
  const usable = devices.some((device) => typeof device === "string" && !device.endsWith("(unusable)"));
  return usable ? (enabled === true ? true : undefined) : false;
}

/** Of a subject whose planned change was not made. */
export const WOULD_BE_CHANGED = "The run planned a change of it and did not make it: it would be changed.";

/** As a person would say it. */
export const FINDING_TITLES: Readonly<Record<Verdict, string>> = {
  compliant: "MFA requirement met",
  pending: "MFA requirement not met yet: no device registered, within its time",
  violating: "MFA requirement not met",
  grace: "MFA requirement not met yet: within the rule's grace period",
  exempt: "MFA requirement not met: exempt for a limited time",
  unknown: "MFA requirement could not be assessed",
  "out-of-scope": "MFA is not required of this account",
};

/** `enabled` and the like as the name of a check. */
export function checkTitle(requirement: string | undefined): string {
  switch (requirement) {
    case "enabled":
      return "MFA is switched on for the account";
    case "registered":
      return "MFA is switched on and a usable device is registered";
    case "phishing-resistant":
      return "MFA is switched on and a phishing-resistant device is registered";
    case "profile":
      return "The MFA server profile is as the policy wants it, and used";
    default:
      return "The account is bound by a rule of the policy";
  }
}

/** What has to be done where the check did not pass. */
export function remedyText(requirement: string | undefined): string {
  switch (requirement) {
    case "enabled":
      return "Switch MFA on for the account at its vendor, or let a sweep in mode enforce do so.";
    case "registered":
      return "Switch MFA on for the account and have its owner register a device.";
    case "phishing-resistant":
      return "Switch MFA on for the account and have its owner register a FIDO2 device.";
    case "profile":
      return "Write the MFA server profile as the policy wants it, name it in an authentication profile, and push.";
    default:
      return "Find out why the account could not be judged, and give it a rule.";
  }
}
