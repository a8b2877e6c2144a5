/** Checks whether the state answers, and each directory's credentials, permissions and reach. */

import { findProtectionGaps } from "../../lib/enforcement/index.ts";
import type { Directory } from "../../lib/model/index.ts";
import { protectedAccounts } from "../../lib/policy/index.ts";
import type { Input } from "../input/read-input.ts";
import { clock, openRecords, withRecords } from "../local/records.ts";
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
    const opened = await input.open(directory, signal);
    const checks = await opened.check(signal, thorough);
    const lines = checks.map((check) => ({ directory, ...check }));
    return [...lines, ...(await checkProtection(input, directory, opened, signal))];
  } catch (error) {
    return [{ directory, ...failedCheck("reach", error) }];
  }
}

/** No line where the policy protects no account by its id. */
async function checkProtection(
  { policy }: Input,
  id: string,
  directory: Directory,
  signal: AbortSignal,
): Promise<CheckLine[]> {
  const name = "protected accounts";
  const count = protectedAccounts(policy, id, clock()).length;
  if (count === 0) return [];
  try {
    const [gap] = await findProtectionGaps({ id, policy, directory, clock }, signal);
    if (gap) return [{ directory: id, ...failedCheck(name, gap.error) }];
    return [{ directory: id, name, result: "passed", detail: `All ${count} that the policy protects by id exist.` }];
  } catch (error) {
    return [{ directory: id, ...failedCheck(name, error) }];
  }
}
