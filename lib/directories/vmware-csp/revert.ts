/** Switching a VMware principal's MFA off again, where a person has approved that it is put back as it was. */

import type { ChangeRequestResult, RecordedFacts } from "../../model/index.ts";
import type { MfaSwitch } from "./mfa.ts";
import { NO_CREDENTIALS, NO_PRINCIPAL, type Principal, readStatus, unexpectedUser } from "./principal.ts";
import { changeSwitch } from "./switch.ts";

/**
 * Switches MFA off where it was off before, as a person has approved it; never in answer to a fault. Throws
 * `ERR_VENDOR_PASSWORD` when the vendor refused the password.
 */
export async function revertSwitch(
  { api, attempted }: MfaSwitch,
  principal: Principal,
  before: RecordedFacts,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const against = whyNotReverted(principal, before);
  if (against !== undefined) return { outcome: "refused", why: against };
  const { body } = await readStatus(api, principal, signal);
  const unexpected = unexpectedUser(principal, body);
  if (unexpected !== undefined) return { outcome: "refused", why: unexpected };
  // Whatever was switched on from here is now as a person wants it.
  attempted.delete(principal.id);
  return body.turnedOn === false ? "sent" : changeSwitch(api, principal, false, signal);
}

/** With MFA on, only a passcode gives an access token, and without one nobody can act in the account's name. */
export function whyNotReverted(principal: Principal | undefined, before: RecordedFacts): string | undefined {
  if (before.enabled !== false) return "it is not on record that MFA was off before";
  if (!principal) return NO_PRINCIPAL;
  if (!principal.credentials) return NO_CREDENTIALS;
  if (principal.credentials.session.hasSeed) return undefined;
  return "its secret has no totpSeed, and with MFA on its API token is of no use without a passcode";
}
