/** Folders and files of the state folder, which nobody else on this machine may read or write. */
import { randomUUID } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { WardenError } from "../../lib/errors.ts";

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** Writing by the group or by everybody. */
const WRITABLE_BY_OTHERS = 0o022;
const ANYTHING_BY_OTHERS = 0o077;

/** Why the system refused, in words; its own code where there are none. */
const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "you have no permission",
  EDQUOT: "your disk quota is used up",
  ELOOP: "a link lies where a file should be",
  ENOSPC: "the disk is full",
  EPERM: "the system does not permit it",
  EROFS: "its disk can only be read",
};

/** The system's reason in words, such as "the disk is full". */
export function causeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
  return CAUSES[code] ?? code;
}

/** @param option how to name another folder */
export const unwritable = (folder: string, error: unknown, what: string, option: string): WardenError =>
  new WardenError(
    "ERR_INPUT_INVALID",
    `The ${what} ${folder} cannot be written (${causeOf(error)}); make it writable or name another with ${option}.`,
  );

/**
 * Makes the folder and those above it, one by one: Node's own recursion never ends under /proc. Throws `ERR_INPUT_INVALID`
 * when nothing can be written there. @param option how to name another
 */
export function makeFolder(folder: string, what: string, option: string): void {
  try {
    const missing: string[] = [];
    let there = resolve(folder);
    for (; !existsSync(there); there = dirname(there)) missing.unshift(there);
    // The slash: a file is no folder.
    accessSync(`${there}/`, constants.W_OK | constants.X_OK);
    for (const path of missing) makeOneFolder(path);
  } catch (error) {
    throw unwritable(folder, error, what, option);
  }
}

/** Somebody else may be making it at the same moment. */
function makeOneFolder(path: string): void {
  try {
    mkdirSync(path, { mode: PRIVATE_FOLDER });
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/**
 * Makes the state folder, or takes one that is there away from everybody else's eyes. Throws `ERR_INPUT_INVALID` for one
 * that is somebody else's, or that somebody else may write to: what is in it could have been put there.
 */
export function makeStateFolder(folder: string): void {
  makeFolder(folder, "state folder", "--state");
  refuseForeign(folder, "state folder", "name another with --state");
  if ((statSync(folder).mode & ANYTHING_BY_OTHERS) !== 0) chmodSync(folder, PRIVATE_FOLDER);
}

/**
 * Throws `ERR_INPUT_INVALID` where somebody else owns the path or may write to it, as ssh does with keys.
 * @param trusted ids of users who may own it, too
 */
export function refuseForeign(path: string, what: string, advice: string, trusted: readonly number[] = []): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  const { uid, mode } = statSync(path);
  if (uid !== own && !trusted.includes(uid))
    throw new WardenError("ERR_INPUT_INVALID", `The ${what} ${path} belongs to another user (id ${uid}); ${advice}.`);
  if ((mode & WRITABLE_BY_OTHERS) !== 0)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `Other users may write to the ${what} ${path}; run chmod go-w on it if you trust what is in it, or ${advice}.`,
    );
}

/** Writes a file whole or not at all, readable by its owner alone unless `mode` says otherwise. */
export function writePrivateFile(path: string, content: string | Uint8Array, mode = PRIVATE_FILE): void {
  const draft = writeDraft(path, content, mode);
  renameSync(draft, path);
}

/** Writes a file unless there is one; answers whether it did. Of two who try at once one succeeds, and nobody sees half of it. */
export function createPrivateFile(path: string, content: string | Uint8Array): boolean {
  const draft = writeDraft(path, content, PRIVATE_FILE);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (existsSync(path)) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The content of a file that nobody else may have written, made with `make` if it is not there. */
export function keepPrivateFile(path: string, what: string, make: () => string | Uint8Array): Buffer {
  if (!existsSync(path)) createPrivateFile(path, make());
  refuseForeign(path, what, "find out who did that before you trust it");
  return readFileSync(path);
}

/** Under a name that nobody can guess, and never through a link that somebody put there. */
function writeDraft(path: string, content: string | Uint8Array, mode: number): string {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, content, { mode, flag: "wx" });
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return draft;
}
