/** `doctor`: whether everything that a sweep needs is there, and what to do where it is not. Changes nothing but webhooks, if told to. */

import { Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { hookSecrets } from "../../functions/hooks.ts";
import { endpoint, withoutTrailingSlash } from "../../lib/directories/index.ts";
import { problemOf, WardenError } from "../../lib/errors.ts";
import type { DoctorCheck, WebhookTarget } from "../../lib/model/index.ts";
import { webhookCredentials } from "../../lib/webhook/index.ts";
import { clock, openRecords, using } from "../local/laptop.ts";
import { type Input, readInput } from "../terminal/input.ts";
import { acting, collect, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { green, type Piece, red, yellow } from "../terminal/piece.ts";

const DEADLINE_MS = 120_000;

interface DoctorOptions extends PolicyOptions {
  readonly thorough?: boolean;
  readonly setupHooks?: boolean;
  readonly url?: string;
  readonly yes?: boolean;
}

interface Line extends DoctorCheck {
  /** Absent for what is no directory's. */
  readonly directory?: string;
}

export const doctorCommand = (): Command =>
  withPolicy(new Command("doctor"))
    .description("Checks the policy, the secrets, the state and each directory's credentials, permissions and reach")
    .option("--directory <id>", "only this directory; may be repeated", collect)
    .option("--thorough", "also makes the checks that may bother somebody or count as a failed sign-in")
    .option("--setup-hooks", "also checks each vendor's webhook to us, and says what would have to be done")
    .option("--url <address>", "with --setup-hooks: where webhooks are taken, up to /hooks", hookAddress)
    .option("--yes", "with --setup-hooks: does it")
    .action(acting(doctor));

/** For `--url` and the like. */
export function hookAddress(text: string): string {
  const address = withoutTrailingSlash(text);
  if (v.is(endpoint, address)) return address;
  throw new InvalidArgumentError("It is not an https address, or http on loopback.");
}

/** @param address up to /hooks */
export const hookTarget = (address: string, directory: string, header: string): WebhookTarget => ({
  url: `${address}/hooks/${directory}`,
  header,
});

async function doctor(options: DoctorOptions): Promise<number> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  if (options.setupHooks && options.url === undefined)
    throw new WardenError("ERR_INPUT_INVALID", "--setup-hooks needs --url: where webhooks are taken, up to /hooks.");
  const input = await readInput(options, clock, signal);
  const [state, ...directories] = await Promise.all([
    checkState(options, signal),
    ...input.directories.map((id) => checkDirectory(input, id, options.thorough, signal)),
    ...(options.setupHooks ? [checkHooks(input, options, signal)] : []),
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
      await records.ledger.listRuns(1);
      return records.place;
    });
    return { name: "state", result: "passed", detail: `${place} answers.` };
  } catch (error) {
    return failure("state", error);
  }
}

async function checkDirectory(
  input: Input,
  directory: string,
  thorough: boolean | undefined,
  signal: AbortSignal,
): Promise<Line[]> {
  try {
    const checks = await (await input.open(directory, signal)).check(signal, thorough);
    return checks.map((check) => ({ directory, ...check }));
  } catch (error) {
    return [{ directory, ...failure("reach", error) }];
  }
}

async function checkHooks(input: Input, { url = "", yes }: DoctorOptions, signal: AbortSignal): Promise<Line[]> {
  const problems: Line[] = [];
  const names = new Map([...hookSecrets(input.policy)].filter(([id]) => input.directories.includes(id)));
  const report = (problem: WardenError) => void problems.push(failure("webhook", problem));
  const credentials = await webhookCredentials(names, input.secrets, clock, report)();
  const lines = await Promise.all(
    input.directories.map(async (directory): Promise<Line[]> => {
      if (!names.has(directory)) return [{ directory, ...NO_HOOKS }];
      const [header] = credentials.get(directory) ?? [];
      if (header === undefined) return [];
      const check = checkHook(input, directory, hookTarget(url, directory, header), yes, signal);
      return [{ directory, ...(await check.catch((error: unknown) => failure("webhook", error))) }];
    }),
  );
  return [...lines.flat(), ...problems];
}

const NO_HOOKS: DoctorCheck = {
  name: "webhook",
  result: "cannot be tested",
  detail: "This vendor sends no events; the sweeps find what has changed.",
};

async function checkHook(
  input: Input,
  directory: string,
  target: WebhookTarget,
  yes: boolean | undefined,
  signal: AbortSignal,
): Promise<DoctorCheck> {
  const { hooks } = await input.open(directory, signal);
  if (!hooks) return NO_HOOKS;
  const { state, detail } = await hooks.plan(target, signal);
  const name = "webhook";
  if (state === "right") return { name, result: "passed", detail };
  if (!yes)
    return {
      name,
      result: "failed",
      detail: `${detail} With --yes it is ${state === "missing" ? "made" : "written anew"}, to send to ${target.url}.`,
    };
  await hooks.apply(target, signal);
  return { name, result: "passed", detail: `${detail} Now it is set up, and sends to ${target.url}.` };
}

function failure(name: string, error: unknown): Line {
  const { code, message } = problemOf(error);
  return { name, result: "failed", detail: `${code}: ${message}` };
}

const MARK: Readonly<Record<DoctorCheck["result"], Piece>> = {
  passed: green("passed"),
  failed: red("failed"),
  "cannot be tested": yellow("cannot be tested"),
};

function show(checks: readonly Line[]): void {
  const columns = [{ head: "what" }, { head: "check" }, { head: "result" }, { head: "seen, and what to do" }];
  results.table(
    columns,
    checks.map(({ directory, name, result, detail }) => [directory ?? "here", name, MARK[result], detail]),
  );
}
