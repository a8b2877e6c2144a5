/** Checks whether the state answers, and each directory's credentials, permissions and reach. */

import type { Input } from "../input/read-input.ts";
import { openRecords, withRecords } from "../local/records.ts";
import type { PolicyOptions } from "../terminal/options.ts";
import { type CheckLine, failedCheck } from "./check-line.ts";

export async function checkState(options: PolicyOptions, signal: AbortSignal): Promise<CheckLine> {
  try {
    const place = await withRecords(await openRecords(options, signal), async (records) => {
      await records.ledger.listRuns(1);
      return records.place;
    });
    return { name: "state", result: "passed", detail: `${place} answers.` };
  } catch (error) {
    return failedCheck("state", error);
  }
}

/** @param thorough also what may bother somebody or count as a failed sign-in */
export async function checkDirectory(
  input: Input,
  directory: string,
  thorough: boolean | undefined,
  signal: AbortSignal,
): Promise<CheckLine[]> {
  try {
    const checks = await (await input.open(directory, signal)).check(signal, thorough);
    return checks.map((check) => ({ directory, ...check }));
  } catch (error) {
    return [{ directory, ...failedCheck("reach", error) }];
  }
}
