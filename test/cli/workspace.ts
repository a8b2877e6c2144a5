/** Runs the real command line as a child process, against a simulated PingOne and a state folder of its own. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { joinStack } from "../../cli/state/stack.ts";
import { type PingOne, type PingOneSettings, startPingOne } from "../../simulators/pingone/index.ts";
import { type ProgramResult, runNode } from "../processes.ts";

const WARDEN = fileURLToPath(new URL("../../cli/warden.ts", import.meta.url));

/** @param folder it runs in, so that no file of the project is in its way */
export const warden = (folder: string, ...args: string[]): Promise<ProgramResult> => wardenWith({ folder }, ...args);

interface Surroundings {
  readonly folder: string;
  /** Beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds; nothing unless given. */
  readonly input?: string;
}

export const wardenWith = ({ folder, ...options }: Surroundings, ...args: string[]): Promise<ProgramResult> =>
  runNode([WARDEN, ...args], { cwd: folder, ...options });

export interface Workspace {
  readonly pingone: PingOne;
  readonly folder: string;
  /** In the workspace's folder, where policy.yaml and secrets.json are found without being named. */
  run(...args: string[]): Promise<ProgramResult>;
  write(name: string, content: string | object): void;
  /** Ends the simulator and the embedded stack, and takes the folder away. */
  close(): Promise<void>;
}

/** A simulated PingOne, and a policy that requires `enabled` of everybody in it, in mode enforce. */
export async function openWorkspace(settings: PingOneSettings): Promise<Workspace> {
  const pingone = await startPingOne(settings);
  const folder = mkdtempSync(join(tmpdir(), "warden-cli-"));
  const write = (name: string, content: string | object) =>
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  write("policy.yaml", policyOf([directoryOf("workforce", pingone)]));
  write("secrets.json", { workforce: pingone.credentials });
  return {
    pingone,
    folder,
    write,
    run: (...args) => warden(folder, ...args),
    async close() {
      await pingone.close();
      const state = join(folder, ".mfa-warden");
      if (existsSync(join(state, "stack.json"))) await (await joinStack(state, AbortSignal.timeout(10_000))).stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const directoryOf = (id: string, { environment, endpoints }: PingOne): string => `  - id: ${id}
    vendor: pingone
    environment: ${environment}
    region: com
    mode: enforce
    endpoints: { api: "${endpoints.api}", auth: "${endpoints.auth}" }
`;

export const EVERYONE = `rules:
  - name: everyone
    match: all
    require: enabled
limits:
  changesPerRun: { count: 500, percent: 100 }
`;

export const policyOf = (directories: readonly string[], rest = EVERYONE): string =>
  `version: 1\ndirectories:\n${directories.join("")}${rest}`;
