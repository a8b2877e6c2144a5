/** Okta's users as subjects: bound to register a second factor where they are in the enrolment group and that binds. */

import { type Fact, knownFact, omitUndefined, type Page, type Subject } from "../../model/index.ts";
import type { OktaApi } from "./api.ts";
import type { MemberSource } from "./members.ts";
import { isBinding, type Protection, type ProtectionSource } from "./protection.ts";
import { subjectOf } from "./subject.ts";
import { ifFound, listUsers, readGroups, readUser } from "./users.ts";

export interface AccountSource {
  readonly api: OktaApi;
  readonly protection: ProtectionSource;
  readonly members: MemberSource;
}

/** @param cursor a page's `next` */
export async function listAccounts(
  { api, protection, members }: AccountSource,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const [{ users, next, date }, asked, inGroup] = await Promise.all([
    listUsers(api, cursor, signal),
    protection.get(signal),
    members.get(signal),
  ]);
  const enabledOf = (id: string) => (inGroup.known ? enabledBy(asked, inGroup.value.has(id)) : inGroup);
  return omitUndefined({ subjects: users.map((found) => subjectOf(found, enabledOf(found.id))), next, date });
}

/** `undefined` if Okta says that there is no such account. Its membership is read anew. */
export async function readAccount(
  { api, protection }: AccountSource,
  id: string,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const found = await readUser(api, id, signal);
  if (!found) return undefined;
  const [groups, asked] = await Promise.all([ifFound(readGroups(api, id, signal)), protection.get(signal)]);
  if (!groups) return undefined;
  return subjectOf(found, enabledBy(asked, groups.includes(api.settings.enrolmentGroup)), knownFact(groups));
}

/** The account as it was right before its change, with its membership read anew; `undefined` if there is no such account any more. */
export async function readMembershipBack(
  { api, protection }: AccountSource,
  changed: Subject,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const [groups, asked] = await Promise.all([ifFound(readGroups(api, changed.id, signal)), protection.get(signal)]);
  if (!groups) return undefined;
  const enabled = enabledBy(asked, groups.includes(api.settings.enrolmentGroup));
  return { ...changed, facts: { ...changed.facts, enabled, groups: knownFact(groups) } };
}

/** Somebody outside the group may have registered a factor, and nothing here shows that any sign-in asks for it. */
function enabledBy(protection: Protection, isMember: boolean): Fact<boolean> {
  const binding = isBinding(protection);
  return binding.known ? knownFact(binding.value && isMember) : binding;
}
