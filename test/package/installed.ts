/** The package as npm packs it, installed into an empty folder from the registry with an empty cache. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ProgramResult } from "../processes.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const run = promisify(execFile);
/** Compiling, fetching 160 packages, and a demo on a busy machine. */
const DEADLINE_MS = 240_000;

const npm = async (cwd: string, ...args: string[]): Promise<string> => {
  const { stdout } = await run("npm", args, { cwd, encoding: "utf8", timeout: DEADLINE_MS, maxBuffer: 2 ** 24 });
  return stdout;
};

export interface Packed {
  readonly tarball: string;
  /** Bytes of the archive, and of what is in it. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly string[];
}

/** Packs the clone. @param folder where to put the archive */
export async function pack(folder: string): Promise<Packed> {
  const said: unknown = JSON.parse(await npm(ROOT, "pack", "--silent", "--json", "--pack-destination", folder));
  // npm 12 answers an object by name where the ones before answer a list.
  const [about] = Object.values(said as Record<string, Omit<Packed, "files" | "tarball"> & NpmListing>);
  if (about === undefined) throw new Error("npm pack said nothing");
  const { size, unpackedSize, filename, files } = about;
  return { tarball: join(folder, filename), size, unpackedSize, files: files.map(({ path }) => path) };
}

interface NpmListing {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Whether the registry answers. */
export const isRegistryInReach = (): Promise<boolean> =>
  npm(tmpdir(), "view", "valibot", "version", "--prefer-online", "--fetch-retries=0").then(
    () => true,
    () => false,
  );

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Installed {
  /** Holds `node_modules` and nothing else. */
  readonly folder: string;
  /** An empty folder to work in. */
  readonly work: string;
  /** Runs the installed word to its end. */
  warden(args: readonly string[], surroundings?: Surroundings): Promise<ProgramResult>;
  /** Starts it, waits for a line, and answers how to end it. */
  start(args: readonly string[], line: RegExp): Promise<() => Promise<number | null>>;
  remove(): void;
}

/** @param node the folder of the Node that the word is run by */
export async function install(tarball: string, node: string): Promise<Installed> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "warden-installed-")));
  const [cache, work] = [join(folder, "cache"), join(folder, "work")];
  mkdirSync(work);
  await npm(folder, "install", "--silent", "--cache", cache, "--prefix", folder, tarball);
  rmSync(cache, { recursive: true });
  const word = join(folder, "node_modules", ".bin", "warden");
  const begin = (args: readonly string[], { env, cwd = work }: Surroundings = {}) =>
    spawn(word, args, {
      cwd,
      env: { PATH: [node, ...SYSTEM_PATH].join(delimiter), HOME: folder, ...env },
      timeout: DEADLINE_MS,
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    folder,
    work,
    async warden(args, surroundings) {
      const child = begin(args, surroundings);
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (data) => {
        stdout += data;
      });
      child.stderr.on("data", (data) => {
        stderr += data;
      });
      const [code, signal] = await once(child, "close");
      return { code: code ?? -1, signal, stdout, stderr };
    },
    async start(args, line) {
      const child = begin(args);
      child.stderr.resume();
      for await (const said of createInterface({ input: child.stdout })) if (line.test(said)) break;
      return async () => {
        child.kill("SIGINT");
        const [code] = await once(child, "exit");
        return code;
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `env`, of the first line of the word; no Node of the machine. */
const SYSTEM_PATH = ["/usr/bin", "/bin"];

export interface Node {
  readonly version: string;
  /** Folder of the binary. */
  readonly folder: string;
}

/** The Node that runs this, and the newest 22. @param folder where to put that one */
export async function findNodes(folder: string): Promise<Node[]> {
  await npm(folder, "install", "--silent", "--no-save", "--prefix", folder, "node@22");
  return [dirname(process.execPath), join(folder, "node_modules", "node", "bin")].map((bin) => ({
    version: bin === dirname(process.execPath) ? process.version : "v22",
    folder: bin,
  }));
}
