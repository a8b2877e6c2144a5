/** Until when an account that does not meet its rule's requirement has time. Instants are milliseconds since 1970. */

import type { Facts, SubjectHistory } from "../model/index.ts";
import { hasUsableDevice } from "./proof.ts";
import type { Rule } from "./schema.ts";

const NEVER = Number.NEGATIVE_INFINITY;

/** In the past where the rule gives no time, or gives it from a date that nobody knows. */
export function graceDeadline(
  { from = NEVER, graceMs }: Rule,
  { createdAt }: Facts,
  past: SubjectHistory,
  now: number,
): number {
  if (graceMs === undefined) return from;
  const created = createdAt.known ? instant(createdAt.value) : NEVER;
  // A creation in the future would be endless grace.
  const began = created === NEVER || created > now ? Math.min(instant(past.firstSeenAt), now) : created;
  return Math.max(began, from) + graceMs;
}

/** Nothing to wait for where a usable device is there, or nobody knows, or MFA is not on. */
export function enrolDeadline(rule: Rule, { enabled, devices }: Facts, past: SubjectHistory, now: number): number {
  if (!enabled.known || !enabled.value || !devices.known || hasUsableDevice(devices.value)) return NEVER;
  return Math.min(past.enabledSince === undefined ? now : instant(past.enabledSince), now) + rule.enrolWithinMs;
}

function instant(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? NEVER : at;
}

/** The last instant a date can hold stands for whatever is later. */
export const toIso = (at: number): string => new Date(Math.min(at, 8.64e15)).toISOString();
