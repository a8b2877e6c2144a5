/** Switching a VMware principal's MFA on, and off again when VMware refuses its API token from then on. */

import * as v from "valibot";
import { hasStatus, WardenError } from "../../errors.ts";
import type { RetryPolicy } from "../../http/index.ts";
import type { ChangeRequestResult } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { VmwareApi } from "./api.ts";
import { credentialsOf, type Principal, readStatus, unexpectedUser, whyNotChanged } from "./principal.ts";
import { isTokenRefusal } from "./token-exchange.ts";

const PLACE = { method: "PATCH", path: "/csp/gateway/iam/vmwid/api/principal/mfa" } as const;
/** For putting a switch back, whatever ended the work before. */
const PUT_BACK_DEADLINE_MS = 60_000;
const MAX_RETRY_AFTER_MS = 10_000;

export interface MfaSwitch {
  readonly api: VmwareApi;
  /** Ids of those whose switch was tried from here: of nobody else's is put back. */
  readonly attempted: Set<string>;
}

/** Throws `ERR_VENDOR_PASSWORD` when the vendor refused the password. */
export async function turnMfaOn(
  { api, attempted }: MfaSwitch,
  principal: Principal,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const against = whyNotChanged(principal);
  if (against !== undefined) return { outcome: "refused", why: against };
  const { body } = await readStatus(api, principal, signal);
  const unexpected = unexpectedUser(principal, body);
  if (unexpected !== undefined) return { outcome: "refused", why: unexpected };
  if (body.activated !== true) return NO_DEVICE;
  if (body.turnedOn === true) return "sent";
  attempted.add(principal.id);
  try {
    await setSwitch(api, principal, true, signal);
    return "sent";
  } catch (error) {
    if (isRefusedChange(error, 404)) return explainNotFound(api, principal, error, signal);
    if (isRefusedChange(error, 409)) return resolveConflict(api, principal, signal);
    throw error;
  }
}

const NO_DEVICE: ChangeRequestResult = {
  outcome: "needs-user",
  why: "it has no registered MFA device; register one first",
};

/** 404 says that there is no such user, or that it has no MFA details; its status tells which. */
async function explainNotFound(
  api: VmwareApi,
  principal: Principal,
  error: WardenError,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const { body } = await readStatus(api, principal, signal);
  if (body.activated === true) throw error;
  return NO_DEVICE;
}

async function resolveConflict(api: VmwareApi, principal: Principal, signal: AbortSignal): Promise<"sent"> {
  const { body } = await readStatus(api, principal, signal);
  if (body.turnedOn !== true) await setSwitch(api, principal, true, signal);
  return "sent";
}

/** Whether a principal's API token can still be exchanged. */
export type TokenConfirmation = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * Where VMware itself refuses the token, what was switched on here is off again. Throws any other trouble, after which nobody knows:
 * then nothing is written.
 */
export async function confirmToken(
  { api, attempted }: MfaSwitch,
  principal: Principal,
  signal: AbortSignal,
): Promise<TokenConfirmation> {
  const { session } = credentialsOf(api, principal, PLACE);
  // Without a seed the loss of the token was allowed, and the read-back with the old one has shown the switch.
  if (!session.hasSeed) return { ok: true };
  try {
    await session.renew(signal);
    return { ok: true };
  } catch (error) {
    if (!isTokenRefusal(error)) throw error;
    const state = attempted.has(principal.id) ? await putBack(api, principal) : LEFT_ON;
    const why = `its API token could not be exchanged with a passcode, so ${state}; ${describeError(error)}`;
    return { ok: false, why };
  }
}

const LEFT_ON = "look after it: its MFA was not switched on from here and is left as it is";

async function putBack(api: VmwareApi, principal: Principal): Promise<string> {
  const signal = AbortSignal.timeout(PUT_BACK_DEADLINE_MS);
  try {
    await setSwitch(api, principal, false, signal);
    if ((await readStatus(api, principal, signal)).body.turnedOn === false) return "its MFA was switched off again";
    return "its MFA was to be switched off again, which the read-back does not show";
  } catch (error) {
    if (!(error instanceof WardenError)) throw error;
    return `its MFA was to be switched off again, which failed (${error.code})`;
  }
}

/**
 * Sent again only where the vendor surely did nothing: a wrong password whose answer was lost may have been counted, and a few of
 * those lock the account.
 */
async function setSwitch(api: VmwareApi, principal: Principal, turnedOn: boolean, signal: AbortSignal): Promise<void> {
  const { password, session } = credentialsOf(api, principal, PLACE);
  const body = { password, turnedOn };
  try {
    await session.call({ ...PLACE, body, retry: RETRY_SWITCH, schema: v.unknown(), signal });
  } catch (error) {
    throw explainRefusal(api, principal, error);
  }
}

/** After 429 and 500 alone, as the vendor documents, and only if it does not ask for a long wait. */
const RETRY_SWITCH: RetryPolicy = {
  maxAttempts: 4,
  isRetryable: (error) => hasStatus(error, 429, 500) && (error.detail.retryAfter ?? 0) < MAX_RETRY_AFTER_MS,
};

/** What the vendor's document says of each status; how "Directory x" goes on. */
const ADVICE_BY_STATUS = new Map<number, (name: string) => string>([
  [
    400,
    (name) => `took the request to change ${name} for a wrong one; check its password in the secret, or report this`,
  ],
  // The status was read with this token a moment ago, so what is refused now is the password.
  [
    403,
    (name) =>
      `does not accept the password of ${name}, which is not used again until its secret has a new version; mend it there`,
  ],
  [404, (name) => `has no user for the token of ${name}, or no MFA device; look at the account in the console`],
  [409, (name) => `had another change of ${name} at the same time; sweep again`],
]);

/** Whether it was the change that was answered so, not the exchange of a token on the way to it. */
const isRefusedChange = (error: unknown, ...statuses: readonly number[]): error is WardenError =>
  hasStatus(error, ...statuses) && error.detail.path === PLACE.path;

function explainRefusal(api: VmwareApi, { name }: Principal, error: unknown): unknown {
  if (!isRefusedChange(error, ...ADVICE_BY_STATUS.keys())) return error;
  const { status = 0 } = error.detail;
  const advice = ADVICE_BY_STATUS.get(status)?.(name) ?? "";
  return api.rewordError(error, { code: status === 403 ? "ERR_VENDOR_PASSWORD" : error.code, advice });
}
