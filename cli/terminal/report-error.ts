/** The one place where an error becomes a sentence, a JSON object and an exit code. */

import { CommanderError } from "commander";
import { type Code, problemOf, WardenError } from "../../lib/errors.ts";
import { complaintsSoFar } from "./complaints.ts";
import { withHelp } from "./error-help.ts";
import { errors, results } from "./output.ts";

const WRONG_INPUT = 2;
const FAILED = 3;
const WRONG_INPUT_CODES = /^ERR_(POLICY|SECRET|INPUT|RUN_UNKNOWN|APPROVAL_(?!UNREACHABLE))/;

/** Prints the sentence and answers the exit code: never 1, which says that somebody is violating or unknown. */
export function reportError(thrown: unknown): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const error = explainPort(thrown);
  const { code, message } = error instanceof CommanderError ? usageProblem(error) : problemOf(error);
  const isWrongInput = error instanceof Error && isOurs(error) && WRONG_INPUT_CODES.test(code);
  const exitCode = isWrongInput ? WRONG_INPUT : FAILED;
  if (process.argv.includes("--json"))
    results.json({ error: { code, message, exitCode, problems: complaintsSoFar() } });
  // Commander has printed its own sentence already.
  if (!(error instanceof CommanderError)) errors.line(`${withHelp(code, message)} (${code})`);
  if (process.argv.includes("--debug") && error instanceof Error)
    for (const line of String(error.stack).split("\n")) errors.line(line);
  return exitCode;
}

const isOurs = (error: Error) => error instanceof WardenError || error instanceof CommanderError;

const usageProblem = ({ message }: CommanderError): { code: Code; message: string } => ({
  code: "ERR_INPUT_INVALID",
  message: message.replace(/^error: /, "").replace(/\s*\n\s*/g, " "),
});

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
