/** Reads a file that a person wrote, or says what is wrong with it as a text. */

import { readFileSync, statSync } from "node:fs";
import { type Code, WardenError } from "../../lib/errors.ts";

export interface FileKind {
  /** Of the error when it cannot be read. */
  readonly code: Code;
  /** In words, for people. */
  readonly what: string;
  readonly advice: string;
}

/** Not opened by its name: where it is a socket, that fails. */
const STDIN_NAMES = ["-", "/dev/stdin"];
const STDIN_HANDLE = 0;

/** UTF-8, with or without a byte order mark. @param path `-` is standard input */
export function readTextFile(path: string, kind: FileKind): string {
  const bytes = readBytes(path, kind);
  if (isUtf16(bytes)) throw unusable(path, kind, "is UTF-16 text; save it as UTF-8");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unusable(path, kind, "is not UTF-8 text; save it as UTF-8");
  }
}

/** Whether it can be read again: a pipe gives what is in it once. */
export const isReadableAgain = (path: string): boolean =>
  path !== "-" && !path.startsWith("/dev/") && !path.startsWith("/proc/") && statSync(path).isFile();

function readBytes(path: string, { code, what, advice }: FileKind): Buffer {
  try {
    return readFileSync(STDIN_NAMES.includes(path) ? STDIN_HANDLE : path);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new WardenError(code, `The ${what} ${path} cannot be read (${reason}); ${advice}.`);
  }
}

/** By its byte order mark; without one, a text that people write has no zero bytes. */
function isUtf16(bytes: Buffer): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0);
}

const unusable = (path: string, { what }: FileKind, problem: string) =>
  new WardenError("ERR_INPUT_INVALID", `The ${what} ${path} ${problem}.`);
