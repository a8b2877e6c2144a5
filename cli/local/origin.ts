/** Who is at the keyboard: goes on record with what was asked for. */

import { hostname, userInfo } from "node:os";
import type { Origin } from "../../lib/model/index.ts";

/** @param command as it was typed */
export function originOf(command: string, aws: boolean | undefined): Origin {
  const user = `${userName()}@${hostname()}`;
  return { by: aws ? `${user} via AWS credentials` : user, how: `command line: ${command}` };
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
