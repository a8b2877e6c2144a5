/** Commands that a person may copy into a shell as they are shown. */

import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { shellWord } from "../../lib/notice/index.ts";
import { isInstalled, productProgram } from "../product.ts";
import type { InputOptions, RecordOptions } from "./options.ts";

/** What a person types before the name of a command: `warden` where npm put it on the PATH for good. */
export const commandWord: string = isInstalled ? installedWord() : "npm run -s warden --";

function installedWord(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  // npm and npx put this one on the PATH of what they start, and nowhere else.
  const lasting = folders.filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
  return lasting.some(holdsThisProgram) ? "warden" : "npx mfa-warden";
}

/** On Windows npm writes a script in place of a link. */
function holdsThisProgram(folder: string): boolean {
  if (process.platform === "win32") return existsSync(join(folder, "warden.cmd"));
  const path = join(folder, "warden");
  return existsSync(path) && realpathSync(path) === realpathSync(productProgram("cli/launch"));
}

/** A whole line for the shell. @param command its name, with what follows it */
export const commandLine = (command: string): string => `${commandWord} ${command}`;

/** The option that names the same records again. */
export const recordsOption = ({ aws, state }: Pick<RecordOptions, "aws" | "state">): string =>
  aws ? "--aws" : `--state ${shellWord(state)}`;

/** The options that name the same policy and secrets again. */
export const inputOption = ({ policy, secrets, secretsPrefix }: InputOptions): string =>
  [
    `--policy ${shellWord(policy)}`,
    ...(secrets === undefined ? [] : [`--secrets ${shellWord(secrets)}`]),
    ...(secretsPrefix === undefined ? [] : [`--secrets-prefix ${shellWord(secretsPrefix)}`]),
  ].join(" ");
