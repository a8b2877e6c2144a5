/** The command line. `npm run -s warden -- --help` lists the commands; each exits as the README says. */

import { Console } from "node:console";
import { Command, CommanderError } from "commander";
import { problemOf, WardenError } from "../lib/errors.ts";
import manifest from "../package.json" with { type: "json" };
import { acceptCommand } from "./commands/accept.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { emitCommand } from "./commands/emit.ts";
import { explainCommand } from "./commands/explain.ts";
import { historyCommand } from "./commands/history.ts";
import { initCommand } from "./commands/init.ts";
import { replayCommand } from "./commands/replay.ts";
import { reportCommand } from "./commands/report.ts";
import { serveCommand } from "./commands/serve.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { statusCommand } from "./commands/status.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { switchCommand } from "./commands/switch.ts";
import { verifyCommand } from "./commands/verify.ts";
import { errors } from "./terminal/output.ts";

const WRONG_INPUT = 2;
const FAILED = 3;

const EXITS = `
Exit codes: 0 nobody is violating or unknown and every change took; 1 somebody is, or a change did not take;
2 the input is wrong; 3 the run is not complete, or something failed.`;

const COMMANDS = [
  demoCommand,
  initCommand,
  doctorCommand,
  sweepCommand,
  explainCommand,
  statusCommand,
  historyCommand,
  verifyCommand,
  reportCommand,
  acceptCommand,
  switchCommand,
  serveCommand,
  emitCommand,
  replayCommand,
  simulateCommand,
];

const withDebug = (command: Command): Command =>
  command.option("--debug", "on an unexpected error, print where it came from");

function program(): Command {
  const root = withDebug(new Command("warden"))
    .description(
      "Proves for every account of every directory whether MFA is on, turns it on where the policy says so, and leaves evidence.",
    )
    .version(manifest.version)
    .addHelpText("after", EXITS);
  for (const make of COMMANDS) root.addCommand(withDebug(make()));
  for (const command of [root, ...root.commands])
    command.exitOverride().configureOutput({ outputError: (text) => errors.line(usageError(text, command, root)) });
  return root;
}

/** commander's sentence, with where to look and a code, as every other error has. */
function usageError(text: string, command: Command, root: Command): string {
  const sentence = text
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return `${sentence}; see \`${command === root ? "" : `${command.name()} `}--help\`. (ERR_INPUT_INVALID)`;
}

/** What the system says of a port that somebody asked for, as our own error; everything else as it is. */
function explainPort(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const refuse = (why: string) => new WardenError("ERR_INPUT_INVALID", `${why}; name another with --port.`);
  const listening = "syscall" in error && error.syscall === "listen" && "port" in error;
  if (error.code === "ERR_SOCKET_BAD_PORT") return refuse("The port is not a number from 0 to 65535");
  if (listening && error.code === "EADDRINUSE") return refuse(`Port ${error.port} is in use`);
  if (listening && error.code === "EACCES") return refuse(`Port ${error.port} may not be listened on`);
  return error;
}

/** The one place where an error becomes a sentence and an exit code. */
function reportError(thrown: unknown): number {
  const error = explainPort(thrown);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_INPUT;
  const { code, message } = problemOf(error);
  errors.line(`${message} (${code})`);
  if (process.argv.includes("--debug") && error instanceof Error)
    for (const line of String(error.stack).split("\n")) errors.line(line);
  return error instanceof WardenError && /^ERR_(POLICY|SECRET|INPUT|RUN_UNKNOWN)/.test(code) ? WRONG_INPUT : FAILED;
}

// The durable engine logs to the console; standard output is for results alone.
globalThis.console = new Console(process.stderr, process.stderr);
process.stdout.on("error", () => process.exit());
process.on("uncaughtException", (error) => process.exit(reportError(error)));
try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
