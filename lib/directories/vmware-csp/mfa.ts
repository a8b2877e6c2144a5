/** Switching a VMware principal's MFA on, and off again when its API token would be lost. */

import * as v from "valibot";
import { hasStatus, WardenError } from "../../errors.ts";
import type { HttpClient, RetryPolicy } from "../../http/index.ts";
import type { ChangeRequestResult } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { type Custody, type Principal, strangerIn, whyNot } from "./principal.ts";

const SWITCH = "/csp/gateway/iam/vmwid/api/principal/mfa";
const about = { method: "PATCH", path: SWITCH } as const;
/** For putting a switch back, whatever ended the work before. */
const PUT_BACK_MS = 60_000;
const MAX_RETRY_AFTER_MS = 10_000;

type Confirmed = { readonly ok: true } | { readonly ok: false; readonly why: string };

export interface Switch {
  /** Throws `ERR_VENDOR_PASSWORD` when the vendor refused the password. */
  enforce(principal: Principal, signal: AbortSignal): Promise<ChangeRequestResult>;
  /** Whether its API token can still be exchanged; where it cannot, what was switched on here is off again. */
  confirm(principal: Principal, signal: AbortSignal): Promise<Confirmed>;
}

export function openSwitch(http: HttpClient, { keysOf, status }: Custody): Switch {
  /** Ids of those whose switch was tried from here: of nobody else's is put back. */
  const tried = new Set<string>();

  /**
   * Sent again only where the vendor surely did nothing: a wrong password whose answer was lost may have been counted, and a
   * few of those lock the account.
   */
  async function turn(principal: Principal, turnedOn: boolean, signal: AbortSignal): Promise<void> {
    const { password, session } = keysOf(principal, about);
    const body = JSON.stringify({ password, turnedOn });
    try {
      await session.ask({ ...about, body, retry: RETRY_SWITCH, schema: v.unknown(), signal });
    } catch (error) {
      throw passwordFault(principal, error);
    }
  }

  /** The status was read with this token a moment ago, so what is refused now is the password. */
  function passwordFault({ name }: Principal, error: unknown): unknown {
    if (!hasStatus(error, 403)) return error;
    const sentence = `does not accept the password of ${name}, which is not used again until its secret has a new version; mend it there`;
    return http.vendorError("ERR_VENDOR_PASSWORD", { ...error.detail, ...about }, sentence);
  }

  async function enforce(principal: Principal, signal: AbortSignal): Promise<ChangeRequestResult> {
    const against = whyNot(principal);
    if (against !== undefined) return refused(against);
    const { body } = await status(principal, signal);
    const stranger = strangerIn(principal, body);
    if (stranger !== undefined) return refused(stranger);
    if (body.activated !== true) return NO_DEVICE;
    if (body.turnedOn === true) return "sent";
    tried.add(principal.id);
    try {
      await turn(principal, true, signal);
      return "sent";
    } catch (error) {
      if (hasStatus(error, 404)) return explainAbsence(principal, error, signal);
      if (hasStatus(error, 409)) return settleConflict(principal, signal);
      throw error;
    }
  }

  /** 404 says that there is no such user, or that it has no MFA details; its status tells which. */
  async function explainAbsence(
    principal: Principal,
    error: WardenError,
    signal: AbortSignal,
  ): Promise<ChangeRequestResult> {
    const { body } = await status(principal, signal);
    if (body.activated === true) throw error;
    return NO_DEVICE;
  }

  async function settleConflict(principal: Principal, signal: AbortSignal): Promise<ChangeRequestResult> {
    const { body } = await status(principal, signal);
    if (body.turnedOn !== true) await turn(principal, true, signal);
    return "sent";
  }

  const confirm: Switch["confirm"] = async (principal, signal) => {
    const { session } = keysOf(principal, about);
    // Without a seed the loss of the token was allowed, and the read-back with the old one has shown the switch.
    if (!session.seeded) return { ok: true };
    try {
      await session.renew(signal);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof WardenError)) throw error;
      const back = tried.has(principal.id) ? await putBack(principal, AbortSignal.timeout(PUT_BACK_MS)) : LEFT_ON;
      return {
        ok: false,
        why: `its API token could not be exchanged with a passcode, so ${back}; ${describeError(error)}`,
      };
    }
  };

  async function putBack(principal: Principal, signal: AbortSignal): Promise<string> {
    try {
      await turn(principal, false, signal);
      if ((await status(principal, signal)).body.turnedOn === false) return "its MFA was switched off again";
      return "its MFA was to be switched off again, which the read-back does not show";
    } catch (error) {
      if (!(error instanceof WardenError)) throw error;
      return `its MFA was to be switched off again, which failed (${error.code})`;
    }
  }

  return { enforce, confirm };
}

const LEFT_ON = "look after it: its MFA was not switched on from here and is left as it is";
const NO_DEVICE: ChangeRequestResult = {
  outcome: "needs-user",
  why: "it has no registered MFA device; register one first",
};
const refused = (why: string): ChangeRequestResult => ({ outcome: "refused", why });

/** After 429 and 500 alone, as the vendor documents, and only if it does not ask for a long wait. */
const RETRY_SWITCH: RetryPolicy = {
  maxAttempts: 4,
  isRetryable: (error) => hasStatus(error, 429, 500) && (error.detail.retryAfter ?? 0) < MAX_RETRY_AFTER_MS,
};
