/** Accounts that the policy protects from changes: `breakGlass`, a rule that says `enforce: never`, or an exemption in force. */

import type { Subject } from "../model/index.ts";
import { foldId, foldLook } from "./fold.ts";
import { isInForce, localEntries } from "./matcher.ts";
import type { BreakGlassAccount, Policy } from "./schema.ts";

export interface ProtectedAccount {
  /** The vendor's, in lower case. */
  readonly id: string;
  /** As the policy gives it. */
  readonly username?: string | undefined;
  /** `breakGlass`, `rule "name"` or `exemption directory/id@day`. */
  readonly by: string;
}

/** Those of one directory. @param now milliseconds since 1970 */
export function protectedAccounts(policy: Policy, directory: string, now: number): ProtectedAccount[] {
  const byList = breakGlassAccounts(policy, directory).map((account) => ({ ...account, by: "breakGlass" }));
  const byRules = policy.rules
    .filter(({ enforce }) => enforce === "never")
    .flatMap(({ name, match }) =>
      localEntries(match === "all" ? [] : (match.accounts ?? []), directory).map(({ id, username }) => ({
        id: foldId(id),
        username,
        by: `rule "${name}"`,
      })),
    );
  const byExemptions = policy.exemptions
    .filter((exemption) => exemption.directory === directory && isInForce(exemption, now))
    .map(({ id, account, username }) => ({ id: foldId(account), username, by: `exemption ${id}` }));
  return firstOfEachAccount([...byList, ...byRules, ...byExemptions]);
}

function firstOfEachAccount(accounts: readonly ProtectedAccount[]): ProtectedAccount[] {
  const keyOf = ({ id, username }: ProtectedAccount) => JSON.stringify([id, username]);
  return [...new Map(accounts.toReversed().map((account) => [keyOf(account), account])).values()].toReversed();
}

/** The accounts of one directory that must work when nothing else does. Ids are the vendor's, in lower case. */
export const breakGlassAccounts = (policy: Policy, directory: string): BreakGlassAccount[] =>
  localEntries(policy.breakGlass ?? [], directory).map(({ id, username }) => ({ id: foldId(id), username }));

/** A caution if this account's user name differs from that of a protected one only by look; one plain sentence. */
export function lookAlikeCaution(
  policy: Policy,
  directory: string,
  { id, username }: Pick<Subject, "id" | "username">,
  now: number,
): string | undefined {
  const look = foldLook(username);
  const like = protectedAccounts(policy, directory, now).find(
    (account) => account.username !== undefined && account.id !== foldId(id) && foldLook(account.username) === look,
  );
  return (
    like &&
    `its user name looks like ${JSON.stringify(like.username)}, which ${like.by} protects with another id; see who it is.`
  );
}
