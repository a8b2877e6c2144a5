/** The one place where an error becomes a sentence and an exit code. */

import { CommanderError } from "commander";
import { problemOf, WardenError } from "../../lib/errors.ts";
import { errors } from "./output.ts";

const WRONG_INPUT = 2;
const FAILED = 3;

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

/** Prints the sentence and answers the exit code: never 1, which says that somebody is violating or unknown. */
export function reportError(thrown: unknown): number {
  const error = explainPort(thrown);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_INPUT;
  const { code, message } = problemOf(error);
  errors.line(`${message} (${code})`);
  if (process.argv.includes("--debug") && error instanceof Error)
    for (const line of String(error.stack).split("\n")) errors.line(line);
  return error instanceof WardenError && /^ERR_(POLICY|SECRET|INPUT|RUN_UNKNOWN)/.test(code) ? WRONG_INPUT : FAILED;
}
