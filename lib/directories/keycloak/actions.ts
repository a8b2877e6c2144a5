/** The actions that a person must carry out at the next sign-in: one added, and taken out again. https://www.keycloak.org/docs/latest/server_admin/#proc-setting-required-actions_server_administration_guide */

import * as v from "valibot";
import { hasStatus } from "../../errors.ts";
import type { ChangeRequestResult, RecordedFacts, Subject } from "../../model/index.ts";
import { type AccountSource, readUser, USER_PATH } from "./accounts.ts";
import type { KeycloakApi } from "./api.ts";
import { readFactors } from "./credentials.ts";
import { actionList } from "./schema.ts";
import { hasUsable } from "./subject.ts";

/** Adds the directory's action to those that the account has. Refused where the realm would not carry it out, or not accept what it registers. */
export async function askForFactor(
  { api, protection }: AccountSource,
  id: string,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const { action } = api.settings;
  const { actions } = await protection.get(signal);
  if (!actions.known) return { outcome: "refused", why: actions.why };
  if (!actions.value.has(action))
    return {
      outcome: "refused",
      why: `the realm does not carry out ${action}, or its sign-in does not ask for what that registers`,
    };
  const present = await readActions(api, id, signal);
  return present.includes(action) ? "sent" : writeActions(api, id, [...present, action], signal);
}

/** What the change does to programs that use the account; `undefined` where nothing is to be changed. */
export const cautionOf = ({ facts: { enabled } }: Subject): string | undefined =>
  enabled.known && !enabled.value ? REFUSED_GRANTS : undefined;

const REFUSED_GRANTS =
  "Until its second factor is registered, a program that signs in with this account's password (a direct access grant) is refused.";

/** Takes out the directory's action where nobody was asked before, and has not registered anything since. */
export async function stopAsking(
  { api, protection }: AccountSource,
  { id, facts }: Subject,
  before: RecordedFacts,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const { action } = api.settings;
  const { accepted } = await protection.get(signal);
  if (!accepted.known) return { outcome: "refused", why: accepted.why };
  const devices = { known: true, value: await readFactors(api, id, accepted.value, signal) } as const;
  const against = whyNotReverted({ facts: { ...facts, devices } }, before);
  if (against !== undefined) return { outcome: "refused", why: against };
  const present = await readActions(api, id, signal);
  if (!present.includes(action)) return "sent";
  return writeActions(
    api,
    id,
    present.filter((name) => name !== action),
    signal,
  );
}

/** Only what is on record is put back, and what a person has registered is not taken away. */
export function whyNotReverted(
  { facts: { devices } }: Pick<Subject, "facts">,
  before: RecordedFacts,
): string | undefined {
  if (before.enabled !== false) return "it is not on record that this account was neither asked nor registered before";
  if (devices.known && hasUsable(devices.value))
    return "the person has registered a second factor since, and nobody takes that away from here";
  return undefined;
}

/** The list is replaced as a whole, so one that cannot be read is never written. */
async function readActions(api: KeycloakApi, id: string, signal: AbortSignal): Promise<readonly string[]> {
  const { requiredActions } = await readUser(api, id, signal);
  if (v.is(actionList, requiredActions)) return requiredActions;
  const place = { method: "GET", path: USER_PATH };
  throw api.vendorError("ERR_VENDOR_FORMAT", place, "does not say which actions the account has, so none is added");
}

/**
 * Sends nothing but the list: attributes that are sent replace all that are there. Never sent twice: a later list would be
 * overwritten by this one.
 */
async function writeActions(
  api: KeycloakApi,
  id: string,
  requiredActions: readonly string[],
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  try {
    await api.call({ method: "PUT", path: USER_PATH, id, body: { requiredActions }, schema: v.undefined(), signal });
    return "sent";
  } catch (error) {
    if (!hasStatus(error, 400)) throw error;
    return { outcome: "refused", why: UNWRITABLE };
  }
}

const UNWRITABLE =
  "Keycloak does not let this account be changed (ERR_VENDOR_REJECTED): it is read-only in the store that it comes from, or its profile breaks the realm's rules";
