/** `init`: asks a few questions, or takes flags, and writes a commented policy and the shape of its secrets. */

import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import { policyWithDirectory, secretsWithDirectory } from "../init/add-directory.ts";
import { type Answers, policyText, secretsText, templateOf } from "../init/template.ts";
import { type Question, vendorTemplates } from "../init/vendor-template.ts";
import { checkPolicy } from "../input/policy-file.ts";
import { commandLine, shellWord } from "../terminal/command-text.ts";
import { exitWith, pathOption } from "../terminal/options.ts";
import { errors, results } from "../terminal/output.ts";
import { bold } from "../terminal/piece.ts";

type Flags = Readonly<Record<string, string | undefined>>;
interface InitOptions {
  readonly out: string;
  readonly add?: boolean;
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
    .addOption(pathOption("--out <file>", "where to write it", "policy.yaml"))
    .option("--add", "adds the directory to the policy that is there")
    .option("--force", "overwrites what is there")
    .option("--yes", "asks nothing, takes the defaults");
  for (const [name, meanings] of vendorFlags()) command.option(`--${name} <${name}>`, meanings.join("; "));
  return command.action(exitWith(init));
}

/** What each flag of a vendor means; the same one may mean something else for another vendor. */
function vendorFlags(): Map<string, string[]> {
  const flags = new Map<string, string[]>();
  for (const [vendor, { questions }] of Object.entries(vendorTemplates))
    for (const [name, { ask }] of Object.entries(questions))
      flags.set(name, [...(flags.get(name) ?? []), `${vendor}: ${ask}`]);
  return flags;
}

async function init(options: InitOptions & Flags): Promise<number> {
  const files = { policy: options.out, secrets: join(dirname(options.out), "secrets.example.json") };
  if (!options.add && !options.force) refuseToOverwrite(files);
  const answers = await ask(options);
  if (answers === undefined) {
    errors.line("Stopped; nothing was written.");
    return STOPPED;
  }
  const texts = options.add ? addedTexts(files, answers) : newTexts(files, answers);
  checkPolicy(texts.policy, files.policy);
  const overwrite = options.add || options.force;
  write(files.policy, texts.policy, overwrite);
  write(files.secrets, texts.secrets, overwrite);
  showNext(files, answers);
  return 0;
}

interface InitFiles {
  readonly policy: string;
  readonly secrets: string;
}

function refuseToOverwrite(files: InitFiles): void {
  const existing = Object.values(files).filter((path) => existsSync(path));
  if (existing.length === 0) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `${existing.join(" and ")} would be overwritten; say --add to add a directory to the policy, --force to overwrite, or name another place with --out.`,
  );
}

const newTexts = ({ policy }: InitFiles, answers: Answers): InitFiles => ({
  policy: policyText(policy, answers),
  secrets: secretsText(answers),
});

const addedTexts = ({ policy, secrets }: InitFiles, answers: Answers): InitFiles => ({
  policy: policyWithDirectory(policy, answers),
  secrets: secretsWithDirectory(secrets, answers),
});

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
    `This is no terminal, so nothing can be asked. Give --${Object.keys(questions).join(", --")}, or --yes for a file with examples.`,
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

function showNext({ policy, secrets }: InitFiles, { vendor, own }: Answers): void {
  results.line("Wrote ", bold(policy), " and ", bold(secrets), ".");
  results.line();
  const unanswered = Object.entries(templateOf(vendor).questions).filter(([name, { usual }]) => own[name] === usual);
  if (unanswered.length > 0)
    results.line(`Correct ${unanswered.map(([name]) => name).join(", ")} in ${policy}: these are only examples.`);
  const filledIn = join(dirname(secrets), "secrets.json");
  results.line("Copy the secrets file, fill it in, and let nobody else read it:");
  results.line(`  cp ${shellWord(secrets)} ${shellWord(filledIn)} && chmod 600 ${shellWord(filledIn)}`);
  results.line("Then check the connection, and see what a sweep would do:");
  for (const command of ["doctor", "sweep"])
    results.line(`  ${commandLine(`${command} --policy ${shellWord(policy)} --secrets ${shellWord(filledIn)}`)}`);
}
