/** The processes that a benchmark starts: each says on its first line where it is, and is ended by its id. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

export interface Child {
  /** What its first line of output says. */
  readonly said: unknown;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const START_MS = 60_000;
const END_MS = 5_000;

/** Starts a server of ours, which ends at SIGTERM. @param script relative to the repository @param onLine what it says later */
export async function startServer(
  script: string,
  args: readonly string[],
  flags: readonly string[] = [],
  onLine?: (line: string) => void,
): Promise<Child> {
  const child = spawn(process.execPath, [...flags, pathOf(script), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
    child.kill("SIGTERM");
    await exited;
    clearTimeout(late);
  };
  const lines = createInterface({ input: child.stdout });
  const slow = setTimeout(() => child.kill("SIGKILL"), START_MS);
  const line: unknown = await Promise.race([once(lines, "line").then(([text]) => text), exited.then(() => undefined)]);
  clearTimeout(slow);
  if (onLine) lines.on("line", onLine);
  if (typeof line === "string") return { said: JSON.parse(line), pid: child.pid, stop };
  throw new Error(`${script} ended before it said where it is`);
}

/** Runs a program of ours to its end and answers the JSON it printed. */
export async function runChild(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly timeout: number },
): Promise<unknown> {
  const { env = process.env, timeout } = options;
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env, timeout });
  const closed = once(child, "close");
  const chunks = await Array.fromAsync(child.stdout.setEncoding("utf8"));
  const [code, signal] = await closed;
  if (code === 0) return JSON.parse(chunks.join(""));
  throw new Error(`${args.at(-1)} ended with ${code ?? signal}`);
}

export const pathOf = (script: string): string => fileURLToPath(new URL(`../${script}`, import.meta.url));

/** CPU that a process has used, in ms; on Linux alone, where a tick is 10 ms. */
export function cpuOf(pid: number | undefined): number | undefined {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ").slice(11, 13) ?? [];
    return (Number(user) + Number(system)) * 10;
  } catch {
    return undefined;
  }
}

/** What `npm run warden` gives to node before the script: the product is measured as it is started. */
export function productFlags(): string[] {
  const text = readFileSync(pathOf("package.json"), "utf8");
  const { scripts } = v.parse(v.object({ scripts: v.object({ warden: v.string() }) }), JSON.parse(text));
  return scripts.warden.split(" ").filter((word) => word.startsWith("--"));
}
