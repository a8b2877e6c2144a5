/** `init`: asks a few questions, or takes flags, and writes a commented policy and the shape of its secrets. */

import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import { checkPolicy } from "../input.ts";
import { acting } from "../options.ts";
import { errors, results } from "../output.ts";
import { bold } from "../print.ts";
import { type Answers, policyText, secretsText } from "../template.ts";

interface InitOptions extends Partial<Answers> {
  readonly out: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

const DEFAULTS: Answers = {
  id: "workforce",
  vendor: "pingone",
  environment: "00000000-0000-4000-8000-000000000000",
  region: "com",
  mode: "observe",
};
const QUESTIONS: Readonly<Record<keyof Answers, string>> = {
  id: "Your name for the directory",
  vendor: `Vendor (${Object.keys(vendors).join(", ")})`,
  environment: "Environment id, a UUID",
  region: "Region (com, eu, ca, asia, com.au, sg)",
  mode: "Mode (observe: only report; enforce: also switch MFA on)",
};
const NAMES = ["id", "vendor", "environment", "region", "mode"] as const;

/** As a shell says it of what Ctrl-C ended. */
const STOPPED = 130;

export const initCommand = (): Command =>
  new Command("init")
    .description(
      "Writes a commented policy file and the shape of its secrets; asks on a terminal for what no flag says",
    )
    .option("--id <id>", "your name for the directory")
    .addOption(new Option("--vendor <vendor>", "whose API it is").choices(Object.keys(vendors)))
    .option("--environment <uuid>", "PingOne's environment id")
    .option("--region <region>", "PingOne's region")
    .addOption(new Option("--mode <mode>", "what sweeps may do there").choices(["observe", "enforce"]))
    .option("--out <file>", "where to write it", "policy.yaml")
    .option("--force", "overwrite what is there")
    .option("--yes", "ask nothing, take the defaults")
    .action(acting(init));

async function init(options: InitOptions): Promise<number> {
  const files = { policy: options.out, secrets: join(dirname(options.out), "secrets.example.json") };
  const there = Object.values(files).filter((path) => existsSync(path));
  if (there.length > 0 && !options.force)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${there.join(" and ")} would be overwritten; say --force, or another place with --out.`,
    );
  const answers = await ask(options);
  if (answers === undefined) {
    errors.line("Stopped; nothing was written.");
    return STOPPED;
  }
  const text = policyText(options.out, answers);
  checkPolicy(text, options.out);
  write(files.policy, text, options.force);
  write(files.secrets, secretsText(answers), options.force);
  showNext(files, answers);
  return 0;
}

/** Answers `undefined` when the person ends it, by Ctrl-C or Ctrl-D. */
async function ask(options: InitOptions): Promise<Answers | undefined> {
  const asks = process.stdin.isTTY && process.stderr.isTTY && !options.yes;
  if (!asks && !options.yes && options.environment === undefined)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      "Nobody can be asked here; say --environment UUID, or --yes for a file with blanks.",
    );
  const answers: Record<keyof Answers, string> = { ...DEFAULTS };
  const terminal = asks ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  const ended = new AbortController();
  terminal?.once("SIGINT", () => ended.abort()).once("close", () => ended.abort());
  try {
    for (const name of NAMES) {
      const text = `${QUESTIONS[name]} [${DEFAULTS[name]}]: `;
      const answer = options[name] ?? (await terminal?.question(text, { signal: ended.signal }))?.trim();
      if (answer) answers[name] = answer;
    }
    return answers;
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    process.stderr.write("\n");
    return undefined;
  } finally {
    terminal?.close();
  }
}

function write(path: string, text: string, force: boolean | undefined): void {
  try {
    writeFileSync(path, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new WardenError("ERR_INPUT_INVALID", `${path} cannot be written (${reason}).`);
  }
}

function showNext(files: { readonly policy: string; readonly secrets: string }, { environment }: Answers): void {
  results.line("Wrote ", bold(files.policy), " and ", bold(files.secrets), ".");
  results.line();
  if (environment === DEFAULTS.environment) results.line(`1. Put the id of your environment into ${files.policy}.`);
  results.line("Copy the secrets file, fill it in, and keep it to yourself:");
  results.line(`  cp ${files.secrets} secrets.json && chmod 600 secrets.json`);
  results.line("Then see whether everything is there, and what a sweep would do:");
  for (const command of ["doctor", "sweep"])
    results.line(`  npm run -s warden -- ${command} --policy ${files.policy} --secrets secrets.json`);
}
