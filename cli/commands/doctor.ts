/** `doctor`: whether everything that a sweep needs is there, and what to do where it is not. Changes nothing but webhooks, if told to. */

import { Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import type { DoctorCheck } from "../../lib/model/index.ts";
import type { CheckLine } from "../doctor/check-line.ts";
import { checkDirectory, checkState } from "../doctor/checks.ts";
import { checkPeopleKey } from "../doctor/people-check.ts";
import { checkReceivers } from "../doctor/receiver-checks.ts";
import { checkWebhooks, type WebhookOptions } from "../doctor/webhook-checks.ts";
import { readInput } from "../input/read-input.ts";
import { parseWebhookAddress } from "../input/webhook-address.ts";
import { clock } from "../local/records.ts";
import { collect, exitWith, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { green, type Piece, red, yellow } from "../terminal/piece.ts";

const DEADLINE_MS = 120_000;
const FAILED = 3;

interface DoctorOptions extends PolicyOptions {
  readonly thorough?: boolean;
  readonly setupHooks?: boolean;
  readonly url?: string;
  readonly yes?: boolean;
}

export const doctorCommand = (): Command =>
  withPolicy(new Command("doctor"))
    .description("Checks the policy, the secrets, the state and each directory's credentials, permissions and reach")
    .option("--directory <id>", "only this directory; may be repeated", collect)
    .option("--thorough", "also makes checks that may send somebody a message or count as a failed sign-in")
    .option("--setup-hooks", "also checks each vendor's webhook to mfa-warden, and says what has to be done")
    .option("--url <address>", "with --setup-hooks: where webhooks are taken, up to /hooks", parseWebhookAddress)
    .option("--yes", "with --setup-hooks: does it")
    .action(exitWith(doctor));

async function doctor(options: DoctorOptions): Promise<number> {
  const webhooks = webhookOptions(options);
  const checks = await runChecks(options, webhooks, AbortSignal.timeout(DEADLINE_MS));
  const failed = checks.some(({ result }) => result === "failed");
  if (options.json) results.json({ passed: !failed, checks });
  else showChecks(checks);
  return failed ? FAILED : 0;
}

function webhookOptions({ setupHooks, url, yes }: DoctorOptions): WebhookOptions | undefined {
  if (!setupHooks) return undefined;
  if (url !== undefined) return { url, apply: yes === true };
  throw new WardenError("ERR_INPUT_INVALID", "--setup-hooks needs --url: where webhooks are taken, up to /hooks.");
}

async function runChecks(
  options: DoctorOptions,
  webhooks: WebhookOptions | undefined,
  signal: AbortSignal,
): Promise<CheckLine[]> {
  const input = await readInput(options, clock, signal);
  const [state, ...directories] = await Promise.all([
    checkState(options, signal),
    checkPeopleKey(input, signal),
    checkReceivers(input, options.thorough, signal),
    ...input.directories.map((id) => checkDirectory(input, id, options.thorough, signal)),
    ...(webhooks ? [checkWebhooks(input, webhooks, signal)] : []),
  ]);
  return [
    { name: "policy", result: "passed", detail: `${options.policy} has no errors.` },
    { name: "secrets", result: "passed", detail: "Every directory has a secret with the right fields." },
    state,
    ...directories.flat(),
  ];
}

const RESULTS: Readonly<Record<DoctorCheck["result"], Piece>> = {
  passed: green("passed"),
  warning: yellow("warning"),
  failed: red("failed"),
  "cannot be tested": yellow("cannot be tested"),
};

function showChecks(checks: readonly CheckLine[]): void {
  const columns = [{ head: "what" }, { head: "check" }, { head: "result" }, { head: "seen, and what to do" }];
  results.table(
    columns,
    checks.map(({ directory, name, result, detail }) => [directory ?? "here", name, RESULTS[result], detail]),
  );
}
