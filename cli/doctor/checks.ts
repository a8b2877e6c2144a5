/** Checks whether the state answers, and each directory's credentials, permissions and reach. */

import {
  type BreakGlassFinding,
  checkBreakGlass,
  findProtectionGaps,
  type ProtectionContext,
} from "../../lib/enforcement/index.ts";
import { describeFailure } from "../../lib/errors.ts";
import { mayChange, protectedAccounts } from "../../lib/policy/index.ts";
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
    const context = { id: directory, policy: input.policy, directory: opened, clock };
    return [...lines, ...(await checkProtection(context, signal)), ...(await checkReadiness(context, signal))];
  } catch (error) {
    return [{ directory, ...failedCheck("reach", error) }];
  }
}

/** No line where the policy protects no account by its id. */
async function checkProtection(context: ProtectionContext, signal: AbortSignal): Promise<CheckLine[]> {
  const { id, policy } = context;
  const name = "protected accounts";
  const count = protectedAccounts(policy, id, clock()).length;
  if (count === 0) return [];
  try {
    const [gap] = await findProtectionGaps(context, signal);
    if (gap) return [{ directory: id, ...failedCheck(name, gap.error) }];
    return [{ directory: id, name, result: "passed", detail: `All ${count} that the policy protects by id exist.` }];
  } catch (error) {
    return [{ directory: id, ...failedCheck(name, error) }];
  }
}

/** What a sweep would say of the break-glass accounts; no line where the directory enforces nothing. */
async function checkReadiness(context: ProtectionContext, signal: AbortSignal): Promise<CheckLine[]> {
  const { id, policy } = context;
  const name = "break-glass accounts";
  if (context.directory.subjectKind === "profile" || !mayChange(policy, id)) return [];
  try {
    const findings = await checkBreakGlass(context, signal);
    if (findings.length > 0) return findings.map((finding) => readinessLine({ directory: id, name }, finding));
    const detail = "Each is there, active, and has a phishing-resistant method.";
    return [{ directory: id, name, result: "passed", detail }];
  } catch (error) {
    return [{ directory: id, ...failedCheck(name, error) }];
  }
}

function readinessLine(line: Pick<CheckLine, "directory" | "name">, { error, unseen }: BreakGlassFinding): CheckLine {
  if (error.code === "ERR_BREAK_GLASS_UNREAD") return { ...line, ...failedCheck(line.name, error) };
  return { ...line, result: unseen ? "cannot be tested" : "warning", detail: describeFailure(error) };
}
