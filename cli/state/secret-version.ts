/** Versions of the secrets in a file: digests under a key that never leaves the state folder, so that they tell nothing. */

import { createHmac, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { keepPrivateFile, makeStateFolder } from "./private-files.ts";

const KEY_FILE = "secrets.key";
const KEY_BYTES = 32;
const VERSION_LENGTH = 32;

/** For a process that finds no state folder: nothing of what it sees is kept. */
const keyOfThisProcess = randomBytes(KEY_BYTES);

const readKey = (state: string): Buffer =>
  keepPrivateFile(join(state, KEY_FILE), "key file", () => randomBytes(KEY_BYTES));

/**
 * Says which version of its secret a directory has: another one whenever any value in it is another one.
 * @param state the state folder; asked at every call, since it may be made later. Without one the key lasts as long as this process
 * @param make the folder is made if it is not there: its ledger is elsewhere
 */
export function secretVersions(state: string | undefined, make = false): (secret: unknown) => string {
  return (secret) => {
    if (make && state !== undefined) makeStateFolder(state);
    const key = state !== undefined && existsSync(state) ? readKey(state) : keyOfThisProcess;
    return createHmac("sha256", key)
      .update(JSON.stringify(ordered(secret)))
      .digest("hex")
      .slice(0, VERSION_LENGTH);
  };
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([key, item]): [string, unknown] => [key, ordered(item)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
