/** The change: a person is put into the enrolment group, and taken out again. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/assignUserToGroup */

import * as v from "valibot";
import type { ChangeRequestResult, RecordedFacts, Subject } from "../../model/index.ts";
import type { AccountSource } from "./accounts.ts";
import { MEMBER_PATH } from "./members.ts";
import { whyUnbound } from "./protection.ts";

/** Refused where membership would protect nobody, or nobody can tell whether it would. */
export async function joinGroup(
  source: AccountSource,
  { id }: Subject,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const against = whyUnbound(await source.protection.get(signal));
  return against === undefined ? changeMembership(source, "PUT", id, signal) : { outcome: "refused", why: against };
}

/** What the person has registered since stays registered. */
export async function leaveGroup(
  source: AccountSource,
  { id }: Subject,
  before: RecordedFacts,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const { groupType } = await source.protection.get(signal);
  const against = whyNotReverted(before) ?? (groupType.known ? undefined : groupType.why);
  return against === undefined ? changeMembership(source, "DELETE", id, signal) : { outcome: "refused", why: against };
}

/** Only what is on record is put back. */
export const whyNotReverted = (before: RecordedFacts): string | undefined =>
  before.enabled === false ? undefined : "it is not on record that this account was not in the enrolment group before";

async function changeMembership(
  { api, members }: AccountSource,
  method: "PUT" | "DELETE",
  other: string,
  signal: AbortSignal,
): Promise<"sent"> {
  const { enrolmentGroup: id } = api.settings;
  try {
    await api.call({ method, path: MEMBER_PATH, id, other, schema: v.undefined(), signal });
    return "sent";
  } finally {
    members.forget();
  }
}
