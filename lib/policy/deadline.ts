/** Until when an account that does not meet its rule's requirement has time. Instants are milliseconds since 1970. */

import type { Facts, SubjectHistory } from "../model/index.ts";
import { instant, NEVER } from "./instant.ts";
import { hasUsableDevice } from "./proof.ts";
import type { Rule } from "./schema.ts";

/** In the past where the rule gives no time, or gives it from a date that nobody knows. @param began `graceStart` of the account */
export const graceDeadline = ({ from = NEVER, graceMs }: Rule, began: number): number =>
  graceMs === undefined ? from : Math.max(began, from) + graceMs;

/** Nothing to wait for where a usable device is there, or nobody knows, or MFA is not on. */
export function enrolDeadline(rule: Rule, { enabled, devices }: Facts, past: SubjectHistory, now: number): number {
  if (!enabled.known || !enabled.value || !devices.known || hasUsableDevice(devices.value)) return NEVER;
  return Math.min(past.enabledSince === undefined ? now : instant(past.enabledSince), now) + rule.enrolWithinMs;
}

/** The last instant a date can hold stands for whatever is later. */
export const toIso = (at: number): string => new Date(Math.min(at, 8.64e15)).toISOString();
