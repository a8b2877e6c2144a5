/** Asks a vendor's own log about one account. */

import { problemOf } from "../../lib/errors.ts";
import type { VendorEvent } from "../../lib/model/index.ts";
import { readInput } from "../input/read-input.ts";
import { clock } from "../local/records.ts";
import type { InputOptions } from "../terminal/options.ts";
import { errors } from "../terminal/output.ts";

/** How far back the vendor's own log is asked. */
export const LOG_DAYS = 90;
const DAY_MS = 24 * 3_600_000;

/** `undefined` where the vendor keeps no log, or it cannot be read: that hides nothing of what is recorded here. */
export async function readVendorLog(
  options: InputOptions,
  directory: string,
  id: string,
  signal: AbortSignal,
): Promise<VendorEvent[] | undefined> {
  const input = await readInput({ ...options, directory: [directory] }, clock, signal);
  const opened = await input.open(directory, signal);
  if (!opened.log) {
    errors.line(`The vendor of ${directory} keeps no log of single accounts.`);
    return undefined;
  }
  const to = clock();
  try {
    return await opened.log(id, new Date(to - LOG_DAYS * DAY_MS), new Date(to), signal);
  } catch (error) {
    const { code, message } = problemOf(error);
    errors.line(`The vendor's own log could not be read and is not shown: ${message} (${code})`);
    return undefined;
  }
}
