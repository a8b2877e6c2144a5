/** `init`: asks a few questions and the vendor, or takes flags, and writes a commented policy and what goes with it. */

import { dirname, join, resolve } from "node:path";
import { Command, Option } from "commander";
import { vendors } from "../../lib/directories/index.ts";
import { askAnswers, type Flags, needFlags, withDefaults } from "../init/ask-answers.ts";
import { chooseCollections } from "../init/choose.ts";
import { meetTenant } from "../init/meet-tenant.ts";
import { showNext } from "../init/next-commands.ts";
import { type Answers, policyText } from "../init/template.ts";
import { vendorTemplates } from "../init/vendor-template.ts";
import { type InitFiles, refuseToOverwrite, SECRETS_FILE, textsOf, writeFiles } from "../init/write-files.ts";
import { checkPolicy, policyErrors } from "../input/policy-file.ts";
import { type Interview, openInterview } from "../terminal/interview.ts";
import { exitWith, pathOption } from "../terminal/options.ts";
import { errors } from "../terminal/output.ts";
import { isAbove, workspaceFile } from "../workspace.ts";

interface InitOptions {
  readonly out?: string;
  readonly add?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly offline?: boolean;
}

/** As a shell says it of what Ctrl-C ended. */
const STOPPED = 130;

export function initCommand(): Command {
  const command = new Command("init")
    .description(
      "Writes a commented policy that fits the tenant, and what goes with it; asks on a terminal for what no flag says, and the vendor whether the credential works",
    )
    .option("--id <id>", "your name for the directory")
    .addOption(new Option("--vendor <vendor>", "whose API it is").choices(Object.keys(vendors)))
    .addOption(new Option("--mode <mode>", "what sweeps may do there").choices(["observe", "enforce"]))
    .addOption(
      pathOption("--out <file>", "where to write it (default: policy.yaml; with --add: the policy of this workspace)"),
    )
    .option("--add", "adds the directory to the policy that is there")
    .option("--force", "overwrites what is there")
    .option("--yes", "asks nothing, takes the defaults")
    .option("--offline", "does not ask the vendor whether the credential works, nor what there is to choose from")
    .option("--administrators <name>", "group or population of the administrators, by name or id")
    .option("--service <name>", "group or population of accounts that no person signs in with, by name or id")
    .addOption(new Option("--endpoints <yaml>", "addresses of a simulator").hideHelp());
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
  const { out = options.add ? workspaceFile("policy") : resolve("policy.yaml") } = options;
  const files = { policy: out, secrets: join(dirname(out), "secrets.example.json") };
  if (options.add && options.out === undefined && isAbove()) errors.line(`Found above this folder: policy ${out}.`);
  if (!options.add && !options.force) refuseToOverwrite(files);
  const canAsk = process.stdin.isTTY && process.stderr.isTTY && !options.yes;
  if (!canAsk && !options.yes) needFlags(options);
  // What flags say wrong is said before anything is asked.
  checkPolicy(policyText(files.policy, withDefaults(options)), files.policy);
  const interview = canAsk ? openInterview() : undefined;
  try {
    await setUp(options, files, interview);
    return 0;
  } catch (error) {
    if (!interview?.isEnded()) throw error;
    errors.line("");
    errors.line("Stopped; nothing was written.");
    return STOPPED;
  } finally {
    interview?.close();
  }
}

/** @param interview absent where nobody can be asked */
async function setUp(options: InitOptions & Flags, files: InitFiles, interview: Interview | undefined): Promise<void> {
  // The new directory is the first.
  const problemIn = (answers: Answers) =>
    policyErrors(textsOf(files, answers, options.add).policy)[0]?.message.replace(/^directories\[0\]\./, "");
  const basic = interview ? await askAnswers(options, interview, problemIn) : withDefaults(options);
  checkPolicy(textsOf(files, basic, options.add).policy, files.policy);
  const secretsFile = join(dirname(files.policy), SECRETS_FILE);
  const newcomer = { answers: basic, policy: files.policy, secretsFile, interview };
  const view = options.offline ? undefined : await meetTenant(newcomer);
  const wanted = { administrators: options.administrators, service: options.service };
  const answers = { ...basic, tenant: await chooseCollections(view, wanted, interview) };
  const written = writeFiles({ files, answers, view }, options);
  showNext(written, answers, view);
}
