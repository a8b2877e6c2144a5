/** All commands of the command line, and what its help says. */

import { Command, CommanderError } from "commander";
import { acceptCommand } from "./commands/accept.ts";
import { approveCommand } from "./commands/approve.ts";
import { completionCommand } from "./commands/completion.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { emitCommand } from "./commands/emit.ts";
import { exemptCommand } from "./commands/exempt.ts";
import { explainCommand } from "./commands/explain.ts";
import { historyCommand } from "./commands/history.ts";
import { holdCommand } from "./commands/hold.ts";
import { initCommand } from "./commands/init.ts";
import { overviewCommand } from "./commands/overview.ts";
import { planCommand } from "./commands/plan.ts";
import { rejectCommand } from "./commands/reject.ts";
import { replayCommand } from "./commands/replay.ts";
import { reportCommand } from "./commands/report.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { serveCommand } from "./commands/serve.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { statusCommand } from "./commands/status.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { switchCommand } from "./commands/switch.ts";
import { tryCommand } from "./commands/try.ts";
import { verifyCommand } from "./commands/verify.ts";
import { codeVersion } from "./product.ts";
import { errors, results } from "./terminal/output.ts";
import { nameWorkspace } from "./terminal/workspace-line.ts";

const EXITS = `
Exit codes: 0 nobody is violating or unknown and every change took; 1 somebody is, or a change did not take;
2 the input is wrong; 3 the run is not complete, or something failed; 4 \`try\` found what it was asked to stop for.`;

const COMMANDS = [
  demoCommand,
  initCommand,
  doctorCommand,
  sweepCommand,
  explainCommand,
  statusCommand,
  tryCommand,
  planCommand,
  approveCommand,
  rejectCommand,
  rollbackCommand,
  historyCommand,
  verifyCommand,
  reportCommand,
  acceptCommand,
  switchCommand,
  holdCommand,
  exemptCommand,
  serveCommand,
  emitCommand,
  replayCommand,
  simulateCommand,
  completionCommand,
];

/** What runs when no command is typed. */
const ALONE = "overview";

const withDebug = (command: Command): Command =>
  command.option("--debug", "on an unexpected error, print where it came from");

/** @param args what was typed after `warden` */
export function program(args: readonly string[] = process.argv.slice(2)): Command {
  const root = withDebug(new Command("warden"))
    .description(
      "Proves for every account of every directory whether MFA is on, turns it on where the policy says so, and leaves evidence.",
    )
    .option("-V, --version", "print the version and the commit")
    .on("option:version", showVersion)
    .addHelpText("after", EXITS);
  for (const make of COMMANDS) root.addCommand(withDebug(make()));
  // Only without a word: an unknown command is told as one.
  const isDefault = args.every((arg) => arg.startsWith("-"));
  root.addCommand(withDebug(overviewCommand()), { hidden: true, isDefault });
  root.hook("preAction", (_root, command) => nameWorkspace(command));
  for (const command of [root, ...root.commands])
    command.exitOverride().configureOutput({ outputError: (text) => errors.line(usageError(text, command, root)) });
  return root;
}

/** Asks git only here: it costs more than the rest of a command's start. */
function showVersion(): never {
  results.line(codeVersion());
  throw new CommanderError(0, "commander.version", "");
}

/** Whether no command was typed. */
const isAlone = (command: Command, root: Command): boolean => command === root || command.name() === ALONE;

/** commander's sentence, with where to look and a code, as every other error has. */
function usageError(text: string, command: Command, root: Command): string {
  const sentence = text
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return `${sentence}; see \`${isAlone(command, root) ? "" : `${command.name()} `}--help\`. (ERR_INPUT_INVALID)`;
}
