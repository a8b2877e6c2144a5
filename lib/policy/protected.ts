/** Accounts that the policy protects from changes: by a rule that says `enforce: never`, or by an exemption in force. */

import type { Subject } from "../model/index.ts";
import { foldId, foldLook } from "./fold.ts";
import { isInForce, localEntries } from "./matcher.ts";
import type { Policy } from "./schema.ts";

export interface ProtectedAccount {
  /** The vendor's, in lower case. */
  readonly id: string;
  /** As the policy gives it. */
  readonly username?: string | undefined;
  /** `rule "name"` or `exemption directory/id@day`. */
  readonly by: string;
}

/** Those of one directory. @param now milliseconds since 1970 */
export function protectedAccounts(policy: Policy, directory: string, now: number): ProtectedAccount[] {
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
  return [...byRules, ...byExemptions];
}

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
