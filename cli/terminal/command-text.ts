/** Commands that a person may copy into a shell as they are shown. */

import type { InputOptions, RecordOptions } from "./options.ts";

/** Quoted where a POSIX shell would take it apart. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

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
