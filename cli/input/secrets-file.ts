/** The secrets file: one JSON object, directory id to secret. */

import { statSync } from "node:fs";
import { missing } from "../../lib/aws/secrets.ts";
import { WardenError } from "../../lib/errors.ts";
import type { SecretStore } from "../../lib/model/index.ts";
import { errors } from "../terminal/output.ts";
import { readJson } from "./json-text.ts";
import { isReadableAgain, readTextFile } from "./text-file.ts";

/** Read anew each time, since it may be changed while a command runs; a pipe or standard input is read once. */
export function fileSecrets(path: string, versionOf: (secret: unknown) => string): SecretStore {
  const first = readSecrets(path);
  const isFile = isReadableAgain(path);
  if (isFile) warnIfOthersCanRead(path);
  return {
    async read(directory) {
      const secrets = isFile ? readSecrets(path) : first;
      const found = Object.entries(secrets).find(([id]) => id === directory);
      if (found) return { value: found[1], version: versionOf(found[1]) };
      throw missing(directory, `the secrets file ${path} has no entry "${directory}"`);
    },
  };
}

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
