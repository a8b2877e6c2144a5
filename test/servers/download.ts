/** Servers that nobody here wrote are fetched once, and kept outside the clone. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const FETCH_DEADLINE_MS = 10 * 60_000;

/** The folder of a server, or why there is none. */
export type Distribution = { readonly home: string } | { readonly missing: string };

/**
 * The folder that an earlier run has filled, or that `fill` fills now. It is filled beside its place first, so that a run which is
 * ended half-way leaves nothing that looks whole.
 * @param name with the version
 * @param fill answers the filled folder inside the one that it gets, or why it could not
 */
export function fetchOnce(name: string, fill: (folder: string) => Distribution): Distribution {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mfa-warden");
  const home = join(cache, name);
  if (existsSync(home)) return { home };
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "fetching-"));
  try {
    const filled = fill(folder);
    if ("missing" in filled) return filled;
    putInPlace(filled.home, home);
    return { home };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Another run may have been faster. */
function putInPlace(filled: string, home: string): void {
  try {
    renameSync(filled, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}

/** Runs a program to its end, without its output. Answers whether it succeeded; `false` where there is no such program. */
export const succeeds = (program: string, args: readonly string[], cwd?: string): boolean =>
  spawnSync(program, args, { cwd, stdio: "ignore", timeout: FETCH_DEADLINE_MS }).status === 0;

/** SHA-256 of a list of a folder's files with the SHA-256 of each, as `sha256sum *` prints it. */
export function hashFolder(folder: string): string {
  const lines = readdirSync(folder)
    .toSorted()
    .map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`);
  return sha256(lines.join(""));
}

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
