/** Versions of the secrets in a file: digests under a key that never leaves the state folder, so that they tell nothing. */

import { createHmac, randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KEY_FILE = "secrets.key";
const KEY_BYTES = 32;
const VERSION_LENGTH = 32;

/** For a process that finds no state folder: nothing of what it sees is kept. */
const passing = randomBytes(KEY_BYTES);

/**
 * Says which version of its secret a directory has: another one whenever any value in it is another one.
 * @param state the state folder; asked at every call, since it may be made later. Without one the key lasts as long as this process
 * @param make the folder is made if it is not there: its ledger is elsewhere
 */
export function secretVersions(state: string | undefined, make = false): (secret: unknown) => string {
  return (secret) => {
    if (make && state !== undefined) mkdirSync(state, { recursive: true, mode: 0o700 });
    const key = state !== undefined && existsSync(state) ? keyOf(join(state, KEY_FILE)) : passing;
    return createHmac("sha256", key)
      .update(JSON.stringify(ordered(secret)))
      .digest("hex")
      .slice(0, VERSION_LENGTH);
  };
}

/** Made once, whoever comes first: the others find it whole, since it gets its name only then. */
function keyOf(path: string): Buffer {
  if (!existsSync(path)) {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600 });
    try {
      linkSync(draft, path);
    } catch (error) {
      if (!existsSync(path)) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return readFileSync(path);
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([key, item]): [string, unknown] => [key, ordered(item)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
