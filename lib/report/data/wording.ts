/** How numbers, days and verdicts are written for people. */

import type { Outcome, Verdict } from "../../model/index.ts";
import type { Remediation } from "./remediation.ts";

/** With a comma between thousands. */
export const formatCount = (value: number): string => value.toLocaleString("en-US");

/** A share of 1 in percent: never rounded up to 100 %, and never down to 0 %. */
export function formatShare(value: number): string {
  if (value === 0 || value === 1) return `${value * 100} %`;
  const digits = value > 0.99 || value < 0.01 ? 2 : 1;
  const step = 100 * 10 ** digits;
  const safe = Math.min(step - 1, Math.max(1, Math.floor(value * step)));
  return `${(safe / 10 ** digits).toFixed(digits)} %`;
}

const DAY_FORMAT = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  day: "numeric",
  month: "short",
  year: "numeric",
});
const SHORT_DAY_FORMAT = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
const MOMENT_FORMAT = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", dateStyle: "medium", timeStyle: "short" });

/** ISO 8601 in, `3 May 2026` out; what is no date stays as it is. */
export const formatDay = (at: string): string =>
  Number.isNaN(Date.parse(at)) ? at : DAY_FORMAT.format(Date.parse(at));
/** `3 May`. */
export const formatShortDay = (at: string | Date): string => SHORT_DAY_FORMAT.format(new Date(at));
/** ISO 8601 in, `3 May 2026, 14:05 UTC` out; what is no date stays as it is. */
export const formatMoment = (at: string): string =>
  Number.isNaN(Date.parse(at)) ? at : `${MOMENT_FORMAT.format(Date.parse(at))} UTC`;

const DAY_MS = 86_400_000;

/** `41 days`; empty where one of both is no date. */
export function formatDaysSince(since: string, now: string): string {
  const whole = Math.floor((Date.parse(now) - Date.parse(since)) / DAY_MS);
  if (Number.isNaN(whole)) return "";
  if (whole < 1) return "less than a day";
  return whole === 1 ? "1 day" : `${formatCount(whole)} days`;
}

/** `1 account`, `2,000 accounts`. */
export const pluralize = (n: number, one: string, many = `${one}s`): string =>
  `${formatCount(n)} ${n === 1 ? one : many}`;

/** `a, b and c`. */
export const joinWords = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

export const VERDICT_MEANINGS: Readonly<Record<Verdict, string>> = {
  compliant: "the facts prove what the rule requires",
  pending: "MFA is on; there is still time to register a device",
  violating: "the requirement is not met, and nothing excuses it",
  grace: "not met; the rule still gives time",
  exempt: "not met; an exemption is in force",
  unknown: "what the vendor said neither proves nor disproves it",
  "out-of-scope": "nothing is required: the account is disabled, or its rule says so",
};

export const REMEDIATION_TEXTS: Readonly<Record<Remediation, string>> = {
  enforced: "MFA was switched on; more is required",
  reverted: "put back as it was, as a person approved",
  already: "somebody else switched MFA on; more is required",
  "needs-user": "wait for the user to register a device",
  staged: "written, and not pushed live yet",
  refused: "a change was refused by a guard",
  unverified: "a change was made, and the read-back does not show it",
  failed: "a change was tried, and failed",
  planned: "nothing was changed for it in this run",
  waiting: "would be changed: a limit or a problem stopped the run, see Completeness",
  observed: "nothing: this run only looks",
  observing: "nothing: its directory is in mode observe",
  halted: "nothing: changes were switched off",
  "left alone": "nothing: its rule never changes accounts",
  "read again": "nothing until it is known; the next sweep asks again",
};

export const OUTCOME_MEANINGS: Readonly<Record<Outcome, string>> = {
  enforced: "made, and seen in a read-back",
  reverted: "put back as it was before, as a person approved, and seen in a read-back",
  already: "somebody else did it first",
  "needs-user": "only the user can do the next step",
  staged: "written, and not pushed live yet",
  refused: "a guard refused it, or the account had changed meanwhile",
  unverified: "accepted, and the read-back does not show it",
  failed: "tried, and failed",
};
