/** Reads a file that a person wrote, or says how to name another one. */

import { readFileSync } from "node:fs";
import { type Code, WardenError } from "../../lib/errors.ts";

export interface FileKind {
  /** Of the error when it cannot be read. */
  readonly code: Code;
  /** In words, for people. */
  readonly what: string;
  readonly advice: string;
}

export function readTextFile(path: string, { code, what, advice }: FileKind): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new WardenError(code, `The ${what} ${path} cannot be read (${reason}); ${advice}.`);
  }
}
