/** The secrets file: one JSON object, directory id to secret. */

import { statSync } from "node:fs";
import { WardenError } from "../../lib/errors.ts";
import { refuseForeign } from "../state/private-files.ts";
import { errors } from "../terminal/output.ts";
import { readJson } from "./json-text.ts";
import { isReadableAgain, readTextFile } from "./text-file.ts";

/** The entry of a directory; `undefined` where the file has none. */
type ReadEntry = (directory: string) => unknown;

/**
 * Read anew each time, since it may be changed while a command runs; a pipe or standard input is read once. Throws
 * `ERR_SECRET_*`, and `ERR_INPUT_INVALID` for a file that somebody else has written or may write to: it may start programs.
 */
export function openSecretsFile(path: string): ReadEntry {
  const first = readSecrets(path);
  const isFile = isReadableAgain(path);
  if (isFile) {
    refuseForeign(path, "secrets file", "write it anew", [ROOT_USER]);
    warnIfOthersCanRead(path);
  }
  return (directory) => Object.entries(isFile ? readSecrets(path) : first).find(([id]) => id === directory)?.[1];
}

/** Where secrets are mounted into a container, the files are root's. */
const ROOT_USER = 0;

function readSecrets(path: string): object {
  const text = readTextFile(path, {
    code: "ERR_SECRET_MISSING",
    what: "secrets file",
    advice: "it is a JSON file, directory id to secret; name it with --secrets",
  });
  const read = readJson(text);
  if ("mistake" in read) {
    const { line, column, message } = read.mistake;
    throw invalid(`${path}:${line}:${column} In the secrets file, ${message}.`);
  }
  const { value } = read;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalid(`The secrets file ${path} is not one JSON object, directory id to secret.`);
}

const invalid = (message: string) => new WardenError("ERR_SECRET_INVALID", message);

function warnIfOthersCanRead(path: string): void {
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return;
  errors.line(`warning: other users of this machine can read ${path}; run chmod 600 on it.`);
}
