/** One error class with a stable code. Messages are for people: what happened, to which directory, what to do next. */
import { type FailedCall, omitUndefined } from "./model/index.ts";

/** Every code, with whether asking again can help. docs/errors.md has a line for each. */
export const CODES = {
  ERR_POLICY_MISSING: false,
  ERR_POLICY_INVALID: false,
  ERR_POLICY_SECRET: false,
  ERR_POLICY_SYNTAX: false,
  ERR_SECRET_MISSING: false,
  ERR_SECRET_INVALID: false,
  ERR_SECRET_UNAVAILABLE: true,
  ERR_INPUT_INVALID: false,
  ERR_VENDOR_AUTH: false,
  ERR_VENDOR_DENIED: false,
  ERR_VENDOR_PASSWORD: false,
  ERR_VENDOR_NOT_FOUND: false,
  ERR_VENDOR_REJECTED: false,
  ERR_VENDOR_THROTTLED: true,
  ERR_VENDOR_UNAVAILABLE: true,
  ERR_VENDOR_UNREACHABLE: true,
  ERR_VENDOR_TIMEOUT: true,
  ERR_VENDOR_REDIRECT: false,
  ERR_VENDOR_FORMAT: false,
  ERR_VENDOR_OVERSIZE: false,
  ERR_VENDOR_ORIGIN: false,
  ERR_READ_LOOP: false,
  ERR_READ_SHORT: false,
  ERR_READ_EMPTY: false,
  ERR_READ_SHRUNK: false,
  ERR_READ_GREW: false,
  ERR_READ_SOURCE: false,
  ERR_READ_CLOCK: false,
  ERR_READ_TOTAL: false,
  ERR_READ_COVERAGE: false,
  ERR_RULE_SCOPE: false,
  ERR_RULE_NAME: false,
  ERR_RULE_UNPROTECTED: false,
  ERR_EXEMPTION_ENDS: false,
  ERR_BREAK_GLASS: false,
  ERR_BREAK_GLASS_UNREAD: false,
  ERR_EVENTS_GAP: false,
  ERR_PLAN_MISMATCH: false,
  ERR_PLAN_CAUTION: false,
  ERR_PLAN_STALE: false,
  ERR_APPROVAL_UNKNOWN: false,
  ERR_APPROVAL_DENIED: false,
  ERR_APPROVAL_HASH: false,
  ERR_APPROVAL_STATE: false,
  ERR_PLAN_FROZEN: false,
  ERR_PLAN_RECENT: false,
  ERR_PEOPLE_KEY: false,
  ERR_NOTICE_FAILED: false,
  ERR_NOTICE_REJECTED: false,
  ERR_NOTICE_UNAVAILABLE: true,
  ERR_PUBLISH_FAILED: false,
  ERR_LIMIT_RUN: false,
  ERR_LIMIT_DAY: false,
  ERR_LIMIT_ACCOUNT: false,
  ERR_LIMIT_EXECUTION: false,
  ERR_LIMIT_EXEMPTIONS: false,
  ERR_WAVE_HALTED: false,
  ERR_CHANGES_HALTED: false,
  ERR_POLICY_CHANGED: false,
  ERR_LEASE_HELD: false,
  ERR_LEASE_LOST: false,
  ERR_RUN_UNKNOWN: false,
  ERR_RUN_NOT_STARTED: true,
  ERR_RUN_UNCONFIRMED: false,
  ERR_CALLER_UNKNOWN: true,
  ERR_APPROVAL_UNREACHABLE: true,
  ERR_REPORT_PARTIAL: false,
  ERR_RUN_DIED: false,
  ERR_LEDGER_UNAVAILABLE: true,
  ERR_EVIDENCE_UNAVAILABLE: true,
  ERR_EVIDENCE_ALTERED: false,
  ERR_SIGNER_UNAVAILABLE: true,
  ERR_BUS_UNAVAILABLE: true,
  ERR_QUEUE_UNAVAILABLE: true,
  ERR_CHAT_UNAVAILABLE: true,
  ERR_STACK_UNAVAILABLE: true,
  ERR_ABORTED: false,
  ERR_INTERNAL: false,
} as const;

export type Code = keyof typeof CODES;

/** Every failure that is ours: a code to branch on, a sentence for people, and what is safe to keep of a call that failed. */
export class WardenError extends Error {
  readonly code: Code;
  readonly detail: FailedCall;
  /** Private, so that nothing that writes an error down finds it. */
  readonly #vendorSentence: string | undefined;
  constructor(code: Code, message: string, detail: FailedCall = {}, vendorSentence?: string) {
    super(message);
    this.name = "WardenError";
    this.code = code;
    this.detail = detail;
    this.#vendorSentence = vendorSentence;
  }
  /** What the vendor said in its own words, where its file keeps that: for the person who asked, and never recorded. */
  get vendorSentence(): string | undefined {
    return this.#vendorSentence;
  }
}

/** Whether it is ours, with one of these codes. */
export const hasCode = (error: unknown, ...codes: readonly Code[]): error is WardenError =>
  error instanceof WardenError && codes.includes(error.code);

/** Whether it is the error of a vendor call that was answered with one of these HTTP statuses. */
export const hasStatus = (error: unknown, ...statuses: readonly number[]): error is WardenError =>
  error instanceof WardenError && error.detail.status !== undefined && statuses.includes(error.detail.status);

/** Whether asking again can help. */
export const retryable = (error: unknown): boolean => error instanceof WardenError && CODES[error.code];

/**
 * Turns anything thrown into a code and a sentence. What is not ours says no more than its class name: a foreign message
 * may hold a body or a secret.
 */
export function problemOf(error: unknown, directory?: string): { code: Code; message: string; directory?: string } {
  if (error instanceof WardenError) return omitUndefined({ code: error.code, message: error.message, directory });
  const kind = error instanceof Error ? error.name : typeof error;
  const message = `An unexpected ${kind} stopped this; run again with --debug to see where.`;
  return omitUndefined({ code: "ERR_INTERNAL", message, directory });
}

/** What the vendor said of a call that failed, as names and numbers; empty where it said nothing. */
export function describeVendorAnswer({ vendorCode, said = {}, requestId, targets = [] }: FailedCall): string {
  const about = targets.length > 0 ? targets.join(", ") : undefined;
  const parts = Object.entries({ code: vendorCode, ...said, request: requestId, about });
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])).join("; ");
}

/** A failure in one line for the person who asked. It differs from time to time, so nothing that is compared may hold it. */
export function describeFailure(error: unknown): string {
  const { code, message } = problemOf(error);
  const answer = error instanceof WardenError ? describeVendorAnswer(error.detail) : "";
  return answer === "" ? `${code}: ${message}` : `${code}: ${message} [${answer}]`;
}

/** An error of ours, to go on with as an answer; anything else is thrown again. */
export function asWardenError(error: unknown): WardenError {
  if (error instanceof WardenError) return error;
  throw error;
}
