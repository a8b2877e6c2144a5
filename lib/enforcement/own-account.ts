/** The accounts that we ourselves work with: to change one may end our access, and nobody could put that right from here. */

import type { ChangeResult, Subject } from "../model/index.ts";
import { foldId } from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
import { refusal } from "./guards.ts";

/** Throws if nobody can tell whose credentials we use: then nothing is changed. */
export async function ownAccount(
  { directory }: Pick<SubjectContext, "directory">,
  { id }: Pick<Subject, "id">,
  signal: AbortSignal,
): Promise<ChangeResult | undefined> {
  const own = await directory.ownAccounts?.(signal);
  if (!own?.some((account) => foldId(account) === foldId(id))) return undefined;
  return refusal("mfa-warden itself uses this account to read the directory, and would lose its access");
}
