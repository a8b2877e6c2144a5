/** Accounts as people name them on the command line. */

import { WardenError } from "../../lib/errors.ts";

export interface AccountName {
  readonly directory: string;
  /** The vendor's id, or the exact user name. */
  readonly account: string;
}

/** `directory/account`; everything behind the first slash is the account. Throws `ERR_INPUT_INVALID`. */
export function splitAccount(name: string): AccountName {
  const slash = name.indexOf("/");
  if (slash > 0 && slash < name.length - 1) return { directory: name.slice(0, slash), account: name.slice(slash + 1) };
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `${name} is not of the form DIRECTORY/ACCOUNT, like workforce/jane@example.com.`,
  );
}
