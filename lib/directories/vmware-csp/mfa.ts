/** Switching a VMware principal's MFA on, and off again when VMware refuses its API token from then on. */

import { WardenError } from "../../errors.ts";
import type { ChangeRequestResult } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { VmwareApi } from "./api.ts";
import { credentialsOf, type Principal, readStatus, unexpectedUser, whyNotChanged } from "./principal.ts";
import { changeSwitch, isRefusedChange, SWITCH_PLACE, setSwitch } from "./switch.ts";
import { isTokenRefusal } from "./token-exchange.ts";

/** For putting a switch back, whatever ended the work before. */
const PUT_BACK_DEADLINE_MS = 60_000;

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
    return await changeSwitch(api, principal, true, signal);
  } catch (error) {
    if (isRefusedChange(error, 404)) return explainNotFound(api, principal, error, signal);
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
  const { session } = credentialsOf(api, principal, SWITCH_PLACE);
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
