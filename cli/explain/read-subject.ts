/** Reads one account or profile from its vendor, with every fact that can be asked for. */

import { WardenError } from "../../lib/errors.ts";
import { type Directory, type FactName, type Facts, NOT_ASKED, type Subject } from "../../lib/model/index.ts";

/** Throws `ERR_INPUT_INVALID` when the directory has no such account. @param account vendor's id, or exact user name */
export async function readSubject(
  opened: Directory,
  directory: string,
  account: string,
  signal: AbortSignal,
): Promise<Subject> {
  const subject = (await opened.read(account, signal)) ?? (await readByName(opened, account, signal));
  if (!subject)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${directory} has no account with the id or the exact user name ${account}.`,
    );
  if (subject.profile) return subject;
  const absent = factNames(subject.facts).filter((name) => subject.facts[name] === NOT_ASKED);
  if (!opened.complete || absent.length === 0) return subject;
  return (await opened.complete([subject], absent, signal))[0] ?? subject;
}

async function readByName(opened: Directory, username: string, signal: AbortSignal): Promise<Subject | undefined> {
  const id = await opened.find?.(username, signal);
  return id === undefined ? undefined : opened.read(id, signal);
}

export const factNames = (facts: Facts): FactName[] =>
  Object.keys(facts).filter((name): name is FactName => name in facts);
