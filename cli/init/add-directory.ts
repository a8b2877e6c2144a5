/** Adds a directory to a policy file and to its example of secrets, and leaves everything else in them as it was. */

import { existsSync } from "node:fs";
import { WardenError } from "../../lib/errors.ts";
import { readJson } from "../input/json-text.ts";
import { readTextFile } from "../input/text-file.ts";
import { type Answers, directoryText, exampleSecrets } from "./template.ts";

const DIRECTORIES_LINE = /^directories:[ \t]*(#.*)?\r?\n/m;

/** The policy's text with the directory as the first of the list. Throws `ERR_INPUT_INVALID` where that list is written in another way. */
export function policyWithDirectory(path: string, answers: Answers): string {
  const text = readTextFile(path, {
    code: "ERR_POLICY_MISSING",
    what: "policy file",
    advice: "without --add, `init` writes a new one",
  });
  const found = DIRECTORIES_LINE.exec(text);
  if (!found)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${path} has no line \`directories:\` with a list below it; add the directory by hand:\n${directoryText(answers)}`,
    );
  const at = found.index + found[0].length;
  return text.slice(0, at) + indentAs(text.slice(at), directoryText(answers)) + text.slice(at);
}

/** With the same indentation as the list that follows. */
function indentAs(list: string, item: string): string {
  const indent = /^( *)- /m.exec(list)?.[1] ?? "  ";
  return item.replace(/^ {2}/gm, indent);
}

/** The example of secrets with the directory's blanks beside what is there. */
export const secretsWithDirectory = (path: string, answers: Answers): string =>
  secretsWith(path, exampleSecrets(answers));

/** A secrets file with these entries beside what is there. */
export function secretsWith(path: string, entries: object): string {
  const others = existsSync(path) ? readSecrets(path) : {};
  return `${JSON.stringify({ ...others, ...entries }, null, 2)}\n`;
}

function readSecrets(path: string): object {
  const read = readJson(readTextFile(path, { code: "ERR_SECRET_MISSING", what: "secrets file", advice: "remove it" }));
  if ("value" in read && typeof read.value === "object" && read.value !== null) return read.value;
  throw new WardenError("ERR_INPUT_INVALID", `${path} is not one JSON object; correct it or remove it.`);
}
