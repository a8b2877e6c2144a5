/** `init`: asks a few questions, or takes flags, and writes a commented policy and the shape of its secrets. */

import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import { type Answers, policyText, secretsText, templateOf } from "../init/template.ts";
import { type Question, vendorTemplates } from "../init/vendor-template.ts";
import { checkPolicy } from "../input/policy-file.ts";
import { exitWith } from "../terminal/options.ts";
import { errors, results } from "../terminal/output.ts";
import { bold } from "../terminal/piece.ts";

type Flags = Readonly<Record<string, string | undefined>>;
interface InitOptions {
  readonly out: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** Asked whatever the vendor; the vendor's own questions come between. */
const COMMON: Readonly<Record<"id" | "vendor" | "mode", Question>> = {
  id: { ask: "Your name for the directory", usual: "workforce" },
  vendor: { ask: `Vendor (${Object.keys(vendors).join(", ")})`, usual: "pingone" },
  mode: { ask: "Mode (observe: only report; enforce: also change what is wrong)", usual: "observe" },
};

/** As a shell says it of what Ctrl-C ended. */
const STOPPED = 130;

export function initCommand(): Command {
  const command = new Command("init")
    .description(
      "Writes a commented policy file and the shape of its secrets; asks on a terminal for what no flag says",
    )
    .option("--id <id>", "your name for the directory")
    .addOption(new Option("--vendor <vendor>", "whose API it is").choices(Object.keys(vendors)))
    .addOption(new Option("--mode <mode>", "what sweeps may do there").choices(["observe", "enforce"]))
    .option("--out <file>", "where to write it", "policy.yaml")
    .option("--force", "overwrite what is there")
    .option("--yes", "ask nothing, take the defaults");
  for (const [vendor, { questions }] of Object.entries(vendorTemplates))
    for (const [name, { ask }] of Object.entries(questions)) command.option(`--${name} <${name}>`, `${vendor}: ${ask}`);
  return command.action(exitWith(init));
}

async function init(options: InitOptions & Flags): Promise<number> {
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
async function ask(options: InitOptions & Flags): Promise<Answers | undefined> {
  const flags: Flags = options;
  const asks = process.stdin.isTTY && process.stderr.isTTY && !options.yes;
  const terminal = asks ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  const ended = new AbortController();
  terminal?.once("SIGINT", () => ended.abort()).once("close", () => ended.abort());
  const put = async (name: string, { ask, usual }: Question) =>
    (flags[name] ?? (await terminal?.question(`${ask} [${usual}]: `, { signal: ended.signal }))?.trim()) || usual;
  try {
    const [id, vendor] = [await put("id", COMMON.id), await put("vendor", COMMON.vendor)];
    const { questions } = templateOf(vendor);
    if (!asks && !options.yes) needFlags(questions, flags);
    const own: Record<string, string> = {};
    for (const [name, question] of Object.entries(questions)) own[name] = await put(name, question);
    return { id, vendor, mode: await put("mode", COMMON.mode), own };
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    process.stderr.write("\n");
    return undefined;
  } finally {
    terminal?.close();
  }
}

/** Where nobody can be asked, what has no usual answer must be a flag. */
function needFlags(questions: Readonly<Record<string, Question>>, flags: Flags): void {
  const [first] = Object.keys(questions);
  if (first === undefined || flags[first] !== undefined) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `Nobody can be asked here; say --${Object.keys(questions).join(", --")}, or --yes for a file with blanks.`,
  );
}

function write(path: string, text: string, force: boolean | undefined): void {
  try {
    writeFileSync(path, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new WardenError("ERR_INPUT_INVALID", `${path} cannot be written (${reason}).`);
  }
}

function showNext(files: { readonly policy: string; readonly secrets: string }, { vendor, own }: Answers): void {
  results.line("Wrote ", bold(files.policy), " and ", bold(files.secrets), ".");
  results.line();
  const blanks = Object.entries(templateOf(vendor).questions).filter(([name, { usual }]) => own[name] === usual);
  if (blanks.length > 0)
    results.line(`Look at ${blanks.map(([name]) => name).join(", ")} in ${files.policy}: nobody gave another answer.`);
  results.line("Copy the secrets file, fill it in, and keep it to yourself:");
  results.line(`  cp ${files.secrets} secrets.json && chmod 600 secrets.json`);
  results.line("Then see whether everything is there, and what a sweep would do:");
  for (const command of ["doctor", "sweep"])
    results.line(`  npm run -s warden -- ${command} --policy ${files.policy} --secrets secrets.json`);
}
