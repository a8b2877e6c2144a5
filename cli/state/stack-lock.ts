/** The lock file that lets one process at a time start the embedded stack. */
import { readFileSync, rmSync, statSync } from "node:fs";
import { createPrivateFile } from "./private-files.ts";

/** No start takes that long. */
export const MAX_START_MS = 15_000;

/** Takes the lock and answers how to give it back, or `undefined` while another live process has it. */
export function takeLock(path: string): (() => void) | undefined {
  if (createPrivateFile(path, String(process.pid))) return () => rmSync(path, { force: true });
  if (isAbandoned(path)) rmSync(path, { force: true });
  return undefined;
}

/** Nobody's: its process has died or cannot be starting any more, or it names none, as one that was cut off in the middle. */
function isAbandoned(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > 2 * MAX_START_MS) return true;
    const pid = Number(readFileSync(path, "utf8"));
    return !Number.isSafeInteger(pid) || pid < 1 || !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
