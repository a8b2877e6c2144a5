/** Reads one account or profile from its vendor, with every fact that can be asked for. */

import { type Directory, type FactName, type Facts, NOT_ASKED, type Subject } from "../../lib/model/index.ts";
import type { AccountName } from "../input/account.ts";
import { findAccount } from "../input/find-account.ts";

/** Throws `ERR_INPUT_INVALID` when the directory has no such account. */
export async function readSubject(opened: Directory, account: AccountName, signal: AbortSignal): Promise<Subject> {
  const subject = await findAccount(opened, account, signal);
  if (subject.profile) return subject;
  const absent = factNames(subject.facts).filter((name) => subject.facts[name] === NOT_ASKED);
  if (!opened.complete || absent.length === 0) return subject;
  return (await opened.complete([subject], absent, signal))[0] ?? subject;
}

export const factNames = (facts: Facts): FactName[] =>
  Object.keys(facts).filter((name): name is FactName => name in facts);
