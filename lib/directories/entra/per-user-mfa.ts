/**
 * Per-user MFA of an account: read, enforced, and put back. Beta, and nothing else in Graph changes it.
 * https://learn.microsoft.com/graph/api/authentication-update?view=graph-rest-beta
 */

import * as v from "valibot";
import type { ChangeRequestResult, RecordedFacts } from "../../model/index.ts";
import { anything } from "../fields.ts";
import type { EntraApi } from "./api.ts";

export const REQUIREMENTS_PATH = "/beta/users/{id}/authentication/requirements";

export const requirements = v.object({ perUserMfaState: anything });

/** Every documented state: https://learn.microsoft.com/entra/identity/authentication/howto-mfa-userstates */
const STATES = ["disabled", "enabled", "enforced"] as const;
type PerUserMfaState = (typeof STATES)[number];

export const stateOf = (value: unknown): PerUserMfaState | undefined => STATES.find((state) => state === value);

/** As the vendor says it, whatever that is. */
export async function readState(api: EntraApi, id: string, signal: AbortSignal): Promise<unknown> {
  const { body } = await api.call({ path: REQUIREMENTS_PATH, id, schema: requirements, signal });
  return body.perUserMfaState;
}

/** Asks for a second factor at each sign-in, and for registering one at the next. */
export const enforceMfa = (api: EntraApi, id: string, signal: AbortSignal): Promise<"sent"> =>
  setState(api, id, "enforced", signal);

/** Back to `disabled`: nobody is changed from here whose state was another. */
export async function revertMfa(
  api: EntraApi,
  id: string,
  before: RecordedFacts,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const against = whyNotReverted(before);
  return against === undefined ? setState(api, id, "disabled", signal) : { outcome: "refused", why: against };
}

/** Only what is on record is put back. */
export const whyNotReverted = (before: RecordedFacts): string | undefined =>
  before.enabled === false ? undefined : "it is not on record that per-user MFA was disabled before";

async function setState(api: EntraApi, id: string, state: PerUserMfaState, signal: AbortSignal): Promise<"sent"> {
  await api.call({
    method: "PATCH",
    path: REQUIREMENTS_PATH,
    id,
    body: { perUserMfaState: state },
    // 204 without a body is what is documented.
    schema: v.unknown(),
    signal,
  });
  return "sent";
}
