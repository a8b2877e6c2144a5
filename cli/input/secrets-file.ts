/** The secrets file: one JSON object, directory id to secret. */

import { statSync } from "node:fs";
import { missing, parse } from "../../lib/aws/secrets.ts";
import { WardenError } from "../../lib/errors.ts";
import type { SecretStore } from "../../lib/model/index.ts";
import { errors } from "../terminal/output.ts";
import { readTextFile } from "./text-file.ts";

/** Read anew each time, since it may be changed while a command runs. */
export function fileSecrets(path: string, versionOf: (secret: unknown) => string): SecretStore {
  readSecrets(path);
  warnIfOthersCanRead(path);
  return {
    async read(directory) {
      const found = Object.entries(readSecrets(path)).find(([id]) => id === directory);
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
  const all = parse(`the file ${path}`, text);
  if (typeof all === "object" && all !== null && !Array.isArray(all)) return all;
  throw new WardenError(
    "ERR_SECRET_INVALID",
    `The secrets file ${path} is not one JSON object, directory id to secret.`,
  );
}

function warnIfOthersCanRead(path: string): void {
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return;
  errors.line(`warning: other users of this machine can read ${path}; run chmod 600 on it.`);
}
