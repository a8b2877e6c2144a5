/** Finds an account or profile at its vendor, by its id or by the user name that `status` shows. */

import { WardenError } from "../../lib/errors.ts";
import type { Directory, Subject } from "../../lib/model/index.ts";
import type { AccountName } from "./account.ts";

/** The account as it is now. Throws `ERR_INPUT_INVALID` when the directory has none, or several of that name. */
export async function findAccount(opened: Directory, name: AccountName, signal: AbortSignal): Promise<Subject> {
  const found = await findByIdOrName(opened, name, signal);
  const subject = typeof found === "string" ? await opened.read(found, signal) : found;
  return subject ?? refuseUnknown(name);
}

/** Its id alone: whoever is found by name is not read. Throws as `findAccount`. */
export async function findAccountId(opened: Directory, name: AccountName, signal: AbortSignal): Promise<string> {
  const found = await findByIdOrName(opened, name, signal);
  return typeof found === "string" ? found : found.id;
}

/** The account by its id, or the id by its name. */
async function findByIdOrName(opened: Directory, name: AccountName, signal: AbortSignal): Promise<Subject | string> {
  const { directory, account } = name;
  const byId = await opened.read(account, signal);
  if (byId) return byId;
  const ids = await findIds(opened, account, signal);
  const [id, another] = ids;
  if (another !== undefined)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${directory} has ${ids.length} of the name ${account}; say which by its id: ${ids.join(", ")}.`,
    );
  return id ?? refuseUnknown(name);
}

function refuseUnknown({ directory, account }: AccountName): never {
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `${directory} has no account with the id or the exact user name ${account}.`,
  );
}

/** Where the vendor cannot search by name, everybody is listed: there it is a few profiles. */
async function findIds(opened: Directory, username: string, signal: AbortSignal): Promise<string[]> {
  if (opened.find) {
    const id = await opened.find(username, signal);
    return id === undefined ? [] : [id];
  }
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { subjects, next } = await opened.page(cursor, signal);
    ids.push(...subjects.filter((subject) => subject.username === username).map(({ id }) => id));
    cursor = next;
  } while (cursor !== undefined);
  return ids;
}
