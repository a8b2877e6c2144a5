/** What is wrong at one place of a policy, and how places and values are shown. */

import type { Code } from "../errors.ts";

export type Path = readonly (string | number)[];

/** `at`: whether the key at the end of the path is meant, or its value. `message` starts with the place. */
export interface Finding {
  readonly path: Path;
  readonly at: "key" | "value";
  readonly message: string;
  readonly code: Code;
}

/** `directories[0].region`; keys that are no plain word are quoted. */
const shownPath = (path: Path): string =>
  path.reduce<string>((shown, key) => {
    if (typeof key === "number") return `${shown}[${key}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(key)) return `${shown}[${shownValue(key)}]`;
    return shown === "" ? key : `${shown}.${key}`;
  }, "");

/** Short, on one line, and safe on a terminal. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const json = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
  return json.replace(/\p{C}/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
}

export const finding = (path: Path, says: string, at: Finding["at"] = "value", code: Code = "ERR_POLICY_INVALID") => ({
  path,
  at,
  code,
  message: path.length === 0 ? `The policy file: ${says}` : `${shownPath(path)}: ${says}`,
});
