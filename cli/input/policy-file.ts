/** Reads the policy file, and says everything that is wrong with it at once. */

import { dirname, join } from "node:path";
import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Policy } from "../../lib/policy/index.ts";
import { type PolicyError, parsePolicy } from "../../lib/policy-file/index.ts";
import { complain } from "../terminal/complaints.ts";
import { readTextFile } from "./text-file.ts";

const SETTINGS = Object.fromEntries(Object.entries(vendors).map(([name, { settings }]) => [name, settings]));

/** Throws `ERR_POLICY_MISSING`, or `ERR_POLICY_INVALID` after it printed every error with its line and column. */
export const readPolicy = (path: string): Policy => checkPolicy(readPolicyText(path), path);

/** Every error of a policy; says nothing. */
export function policyErrors(text: string): readonly PolicyError[] {
  const read = parsePolicy(text, SETTINGS);
  return "errors" in read ? read.errors : [];
}

/** The policy, or everything that is wrong with it; says nothing. Throws `ERR_POLICY_MISSING`. */
export const inspectPolicy = (path: string): ReturnType<typeof parsePolicy> => parseText(readPolicyText(path), path);

const readPolicyText = (path: string): string =>
  readTextFile(path, {
    code: "ERR_POLICY_MISSING",
    what: "policy file",
    advice: "write one with `init`, or name it with --policy",
  });

const parseText = (text: string, path: string) => parsePolicy(text, SETTINGS, path, (name) => readBeside(path, name));

/** @param path stands before line and column */
export function checkPolicy(text: string, path: string): Policy {
  const read = parseText(text, path);
  if ("policy" in read) return read.policy;
  for (const { code, message, line, column, file = path } of read.errors)
    complain({ code, message, file, line, column });
  const count = read.errors.length === 1 ? "one error" : `${read.errors.length} errors`;
  // A secret in the file is the worst of what can be wrong with it: it must be replaced, not only taken out.
  const worst = read.errors.find(({ code }) => code === "ERR_POLICY_SECRET") ?? read.errors[0];
  throw new WardenError(
    worst?.code ?? "ERR_POLICY_INVALID",
    `The policy file ${path} has ${count}; nothing was called and nothing written.`,
  );
}

/** A file that the policy names, in the same folder. */
function readBeside(path: string, name: string): string | undefined {
  try {
    return readTextFile(join(dirname(path), name), {
      code: "ERR_POLICY_MISSING",
      what: "file of exceptions",
      advice: "people.exceptions of the policy names it",
    });
  } catch (error) {
    if (error instanceof WardenError) return undefined;
    throw error;
  }
}
