/** What must be known of a directory before it is read: how many there are, and that what the rules name exists. */

import { mapConcurrently } from "../concurrency.ts";
import { problemOf, WardenError } from "../errors.ts";
import type { Directory, Problem } from "../model/index.ts";
import { namedAccounts, namedScopes, type Policy } from "../policy/index.ts";

export interface ClaimedTotal {
  readonly total?: number;
  /** Why there is no total. */
  readonly problem?: Problem;
}

/** Without the right to count there is no total, and the evidence says so; every other failure is one of the sweep. */
export async function askTotal(id: string, directory: Directory, signal: AbortSignal): Promise<ClaimedTotal> {
  const none = (why: string) =>
    new WardenError(
      "ERR_READ_TOTAL",
      `Nothing confirms how many accounts ${id} has: ${why}; its completeness rests on the listing alone.`,
    );
  if (!directory.total) return { problem: problemOf(none("this vendor counts none"), id) };
  try {
    return { total: await directory.total(signal) };
  } catch (error) {
    if (!(error instanceof WardenError) || error.code !== "ERR_VENDOR_DENIED") throw error;
    return { problem: problemOf(none("the credential may not read the populations"), id) };
  }
}

/** A group or population that is silently missing would drop its people into a weaker rule. Throws `ERR_RULE_SCOPE`. */
export async function checkScopes(
  policy: Policy,
  id: string,
  directory: Directory,
  signal: AbortSignal,
): Promise<void> {
  for (const scope of namedScopes(policy, id)) {
    const why = await whyUnreadable(directory, scope, signal);
    if (why === undefined) continue;
    const message = `A rule names ${scope.kind} ${id}/${scope.id}, ${why}; mend the rule or give the credential the right to read it.`;
    throw new WardenError("ERR_RULE_SCOPE", message);
  }
}

async function whyUnreadable(
  directory: Directory,
  { kind, id }: { readonly kind: "group" | "population"; readonly id: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!directory.exists) return "and this vendor has no such thing";
  try {
    return (await directory.exists(kind, id, signal)) ? undefined : "which does not exist";
  } catch (error) {
    if (error instanceof WardenError && error.code === "ERR_VENDOR_DENIED") return "which the credential may not read";
    throw error;
  }
}

/** So many accounts that rules name are looked for, one by one. */
const MOST_NAMED = 100;

/** Notes on accounts that rules name and the directory has not: a mistyped break-glass account is not protected. */
export async function checkNamed(
  policy: Policy,
  id: string,
  directory: Directory,
  signal: AbortSignal,
): Promise<Problem[]> {
  const found = await mapConcurrently(namedAccounts(policy, id).slice(0, MOST_NAMED), 8, async (account) => ({
    account,
    there: (await directory.read(account, signal)) !== undefined,
  }));
  return found
    .filter(({ there }) => !there)
    .map(({ account }) => {
      const message = `A rule names the account ${id}/${account}, which does not exist, so the rule protects nobody; mend its id.`;
      return problemOf(new WardenError("ERR_RULE_NAME", message), id);
    });
}
