/** The one call that writes the MFA switch of a VMware principal, either way. */

import * as v from "valibot";
import { hasStatus, type WardenError } from "../../errors.ts";
import type { RetryPolicy } from "../../http/index.ts";
import type { VmwareApi } from "./api.ts";
import { credentialsOf, type Principal, readStatus } from "./principal.ts";

export const SWITCH_PLACE = { method: "PATCH", path: "/csp/gateway/iam/vmwid/api/principal/mfa" } as const;
const MAX_RETRY_AFTER_MS = 10_000;

/** After 409 somebody else may have set the switch as it is wanted; otherwise it is set once more. */
export async function changeSwitch(
  api: VmwareApi,
  principal: Principal,
  turnedOn: boolean,
  signal: AbortSignal,
): Promise<"sent"> {
  try {
    await setSwitch(api, principal, turnedOn, signal);
  } catch (error) {
    if (!isRefusedChange(error, 409)) throw error;
    const { body } = await readStatus(api, principal, signal);
    if (body.turnedOn !== turnedOn) await setSwitch(api, principal, turnedOn, signal);
  }
  return "sent";
}

/**
 * Sent again only where the vendor surely did nothing: a wrong password whose answer was lost may have been counted, and a few of
 * those lock the account.
 */
export async function setSwitch(
  api: VmwareApi,
  principal: Principal,
  turnedOn: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { password, session } = credentialsOf(api, principal, SWITCH_PLACE);
  const body = { password, turnedOn };
  try {
    await session.call({ ...SWITCH_PLACE, body, retry: RETRY_SWITCH, schema: v.unknown(), signal });
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
      `does not accept the password of ${name}, which is not used again until its secret has a new version; correct it there`,
  ],
  [404, (name) => `has no user for the token of ${name}, or no MFA device; look at the account in the console`],
  [409, (name) => `had another change of ${name} at the same time; sweep again`],
]);

/** Whether it was the change that was answered so, not the exchange of a token on the way to it. */
export const isRefusedChange = (error: unknown, ...statuses: readonly number[]): error is WardenError =>
  hasStatus(error, ...statuses) && error.detail.path === SWITCH_PLACE.path;

function explainRefusal(api: VmwareApi, { name }: Principal, error: unknown): unknown {
  if (!isRefusedChange(error, ...ADVICE_BY_STATUS.keys())) return error;
  const { status = 0 } = error.detail;
  const advice = ADVICE_BY_STATUS.get(status)?.(name) ?? "";
  return api.rewordError(error, { code: status === 403 ? "ERR_VENDOR_PASSWORD" : error.code, advice });
}
