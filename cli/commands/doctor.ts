/** `doctor`: whether everything that a sweep needs is there, and what to do where it is not. Changes nothing. */

import { Command } from "commander";
import { problemOf } from "../../lib/errors.ts";
import type { Check } from "../../lib/model.ts";
import { type Input, readInput } from "../input.ts";
import { clock, openRecords, using } from "../laptop.ts";
import { acting, collect, type PolicyOptions, withPolicy } from "../options.ts";
import { results } from "../output.ts";
import { green, type Piece, red, yellow } from "../print.ts";

const DEADLINE_MS = 120_000;

interface Line extends Check {
  /** Absent for what is no directory's. */
  readonly directory?: string;
}

export const doctorCommand = (): Command =>
  withPolicy(new Command("doctor"))
    .description("Checks the policy, the secrets, the state and each directory's credentials, permissions and reach")
    .option("--directory <id>", "only this directory; may be repeated", collect)
    .action(acting(doctor));

async function doctor(options: PolicyOptions): Promise<number> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const input = await readInput(options, clock, signal);
  const [state, ...directories] = await Promise.all([
    checkState(options, signal),
    ...input.directories.map((id) => checkDirectory(input, id, signal)),
  ]);
  const checks: Line[] = [
    { name: "policy", result: "passed", detail: `${options.policy} holds no error.` },
    { name: "secrets", result: "passed", detail: "Every directory has a secret of the right shape." },
    state,
    ...directories.flat(),
  ];
  const failed = checks.some(({ result }) => result === "failed");
  if (options.json) results.json({ passed: !failed, checks });
  else show(checks);
  return failed ? 3 : 0;
}

async function checkState(options: PolicyOptions, signal: AbortSignal): Promise<Line> {
  try {
    const place = await using(await openRecords(options, signal), async (records) => {
      await records.ledger.runs(1);
      return records.place;
    });
    return { name: "state", result: "passed", detail: `${place} answers.` };
  } catch (error) {
    return failure("state", error);
  }
}

async function checkDirectory(input: Input, directory: string, signal: AbortSignal): Promise<Line[]> {
  try {
    const checks = await (await input.open(directory, signal)).check(signal);
    return checks.map((check) => ({ directory, ...check }));
  } catch (error) {
    return [{ directory, ...failure("reach", error) }];
  }
}

function failure(name: string, error: unknown): Line {
  const { code, message } = problemOf(error);
  return { name, result: "failed", detail: `${code}: ${message}` };
}

const MARK: Readonly<Record<Check["result"], Piece>> = {
  passed: green("passed"),
  failed: red("failed"),
  "cannot be tested": yellow("cannot be tested"),
};

function show(checks: readonly Line[]): void {
  const columns = [
    { head: "what" },
    { head: "check" },
    { head: "result" },
    { head: "seen, and what to do", most: 400 },
  ];
  results.table(
    columns,
    checks.map(({ directory, name, result, detail }) => [directory ?? "here", name, MARK[result], detail]),
  );
}
