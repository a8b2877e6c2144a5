/** Commands that a person may copy into a shell as they are shown. */

import type { RecordOptions } from "./options.ts";

/** Quoted where a POSIX shell would take it apart. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The option that names the same records again. */
export const recordsOption = ({ aws, state }: Pick<RecordOptions, "aws" | "state">): string =>
  aws ? "--aws" : `--state ${shellWord(state)}`;
