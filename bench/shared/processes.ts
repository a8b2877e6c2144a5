/** The processes that the benchmark starts: servers, which say on their first line where they are, and programs, which print a result. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

export interface ServerProcess {
  /** The JSON of its first line. */
  readonly startMessage: unknown;
  readonly pid: number | undefined;
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>;
}

interface ServerOptions {
  /** What Node gets before the script. */
  readonly flags?: readonly string[];
  /** Called for each line after the first. */
  readonly onLine?: (line: string) => void;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** Starts a server of ours, which ends at SIGTERM. @param script relative to the repository */
export async function startServer(
  script: string,
  args: readonly string[],
  { flags = [], onLine }: ServerOptions = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...flags, pathOf(script), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const startTimeout = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  const [firstLine]: unknown[] = await Promise.race([once(lines, "line"), exited.then(() => [])]);
  clearTimeout(startTimeout);
  if (typeof firstLine !== "string") throw new Error(`${script} ended before it said where it is`);
  if (onLine) lines.on("line", onLine);
  return {
    startMessage: JSON.parse(firstLine),
    pid: child.pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const stopTimeout = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      child.kill("SIGTERM");
      await exited;
      clearTimeout(stopTimeout);
    },
  };
}

export interface EndpointProcess {
  /** For example `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts a script that serves by `serveOnLoopback`. @param input what the script reads by `readInput` */
export async function startEndpoint(
  script: string,
  input: unknown,
  flags: readonly string[],
): Promise<EndpointProcess> {
  const { startMessage, stop } = await startServer(script, [JSON.stringify(input)], { flags });
  return { endpoint: v.parse(v.object({ endpoint: v.string() }), startMessage).endpoint, stop };
}

interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** Runs Node to its end. Answers the JSON that it printed; throws if it fails. */
export async function runNode(args: readonly string[], options: ProgramOptions): Promise<unknown> {
  const { env = process.env, timeoutMs } = options;
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env, timeout: timeoutMs });
  const closed = once(child, "close");
  const chunks = await Array.fromAsync(child.stdout.setEncoding("utf8"));
  const [code, signal] = await closed;
  if (code === 0) return JSON.parse(chunks.join(""));
  throw new Error(`${args.join(" ").slice(0, 200)} ended with ${code ?? signal}`);
}

/** Runs a script of ours as the product is started. @param input what the script reads by `readInput` */
export const runScript = (script: string, input: unknown, timeoutMs: number): Promise<unknown> =>
  runNode([...productFlags(), pathOf(script), JSON.stringify(input)], { timeoutMs });

/** The path of a file of the repository. */
export const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** What `npm run warden` gives to Node before the script: the product is measured as it is started. */
export function productFlags(): string[] {
  const text = readFileSync(pathOf("package.json"), "utf8");
  const { scripts } = v.parse(v.object({ scripts: v.object({ warden: v.string() }) }), JSON.parse(text));
  return scripts.warden.split(" ").filter((word) => word.startsWith("--"));
}
