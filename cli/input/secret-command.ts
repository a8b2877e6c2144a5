/** A secret that a program prints, such as a password manager's: started without a shell, and nothing of what it says is shown. */

import { type ExecFileException, execFile } from "node:child_process";
import { basename } from "node:path";
import * as v from "valibot";
import { missing } from "../../lib/aws/secrets.ts";
import { WardenError } from "../../lib/errors.ts";
import { readJson } from "./json-text.ts";

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024;

const commandSchema = v.strictObject({
  secretCommand: v.pipe(v.tupleWithRest([v.pipe(v.string(), v.minLength(1))], v.string()), v.maxLength(100)),
});

export interface SecretCommand {
  readonly directory: string;
  /** The program, and what it is called with. */
  readonly argv: readonly [string, ...string[]];
}

/** What an entry of the secrets file starts; `undefined` where it is the secret itself. Throws `ERR_SECRET_INVALID`. */
export function secretCommandOf(directory: string, entry: unknown): SecretCommand | undefined {
  if (typeof entry !== "object" || entry === null || !("secretCommand" in entry)) return undefined;
  const read = v.safeParse(commandSchema, entry);
  if (read.success) return { directory, argv: read.output.secretCommand };
  throw new WardenError(
    "ERR_SECRET_INVALID",
    `The secretCommand of ${directory} must be a list of texts, the program and its arguments, with nothing beside it.`,
  );
}

interface Surroundings {
  /** Where it runs: a relative path in it is meant from there. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The secret, which the program prints as JSON, as it would stand in the secrets file. Throws `ERR_SECRET_MISSING` when it fails,
 * takes longer than 30 seconds or prints more than 64 KiB.
 */
export async function runSecretCommand(
  { directory, argv }: SecretCommand,
  { folder, environment }: Surroundings,
  signal: AbortSignal,
): Promise<unknown> {
  const [program, ...args] = argv;
  const failed = (why: string) => missing(directory, `its secretCommand ${basename(program)} ${why}`);
  const output = await new Promise<string>((resolve, reject) => {
    const options = {
      cwd: folder,
      env: environment,
      signal,
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_BYTES,
      killSignal: "SIGKILL" as const,
      windowsHide: true,
    };
    const child = execFile(program, args, options, (error, stdout) =>
      error ? reject(failed(reasonOf(error))) : resolve(stdout),
    );
    // One that asks for something on standard input is told that nobody answers.
    child.stdin?.on("error", () => {}).end();
  });
  const read = readJson(output);
  if ("value" in read) return read.value;
  throw failed("does not print one JSON value");
}

/** Its message holds the arguments, and its output may hold the secret. */
function reasonOf({ code, killed, name }: ExecFileException): string {
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return `prints more than ${MAX_BYTES / 1024} KiB`;
  if (name === "AbortError") return "was stopped";
  if (killed) return `takes longer than ${TIMEOUT_MS / 1000} seconds`;
  if (typeof code === "number") return `ended with exit code ${code}; run it by itself to see why`;
  return `cannot be started (${code ?? "it was killed"})`;
}
