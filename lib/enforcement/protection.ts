/** Whether every account that the policy protects is there: a protection that binds nobody stops every change of its directory. */

import { mapConcurrently } from "../concurrency.ts";
import { asWardenError, WardenError } from "../errors.ts";
import type { StateStore } from "../model/index.ts";
import { type ProtectedAccount, protectedAccounts } from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
import { endsReading } from "./ends-reading.ts";

const READS_IN_PARALLEL = 8;

export interface ProtectionContext extends Pick<SubjectContext, "id" | "policy" | "directory" | "clock"> {
  /** Tells an account that has left from an id that never was one; without it both count as a gap. */
  readonly ledger?: Pick<StateStore, "readStates">;
}

/** A protection that is not known to bind anybody. */
export interface ProtectionGap {
  /** `ERR_RULE_UNPROTECTED`. */
  readonly error: WardenError;
  /** Why nobody can tell; absent: the vendor has no such account. */
  readonly cause?: WardenError;
}

/** Asks the vendor for each protected account. Throws if the credential is refused. */
export async function findProtectionGaps(context: ProtectionContext, signal: AbortSignal): Promise<ProtectionGap[]> {
  const { policy, id, clock } = context;
  const found = await mapConcurrently(protectedAccounts(policy, id, clock()), READS_IN_PARALLEL, (account) =>
    findGap(context, account, signal),
  );
  return found.filter((gap) => gap !== undefined);
}

async function findGap(
  context: ProtectionContext,
  account: ProtectedAccount,
  signal: AbortSignal,
): Promise<ProtectionGap | undefined> {
  const { id, directory } = context;
  const read = await directory.read(account.id, signal).catch(asWardenError);
  const name = `${id}/${account.id}, which ${account.by} protects,`;
  if (read === undefined && (await hasLeft(context, account))) return undefined;
  if (read === undefined) return { error: gapError(`${name} does not exist`, "correct the id or take it out") };
  if (!(read instanceof WardenError)) return undefined;
  if (endsReading(read)) throw read;
  return {
    error: gapError(`${name} cannot be read (${read.code})`, "see that the credential may read it"),
    cause: read,
  };
}

/** Somebody whom we have seen under this id: it was not mistyped, and an account made anew is known by its user name. */
async function hasLeft({ id, ledger }: ProtectionContext, account: ProtectedAccount): Promise<boolean> {
  return (await ledger?.readStates(id, [account.id], true))?.has(account.id) ?? false;
}

const gapError = (what: string, advice: string) =>
  new WardenError("ERR_RULE_UNPROTECTED", `The account ${what}: nothing is changed in this directory; ${advice}.`);
