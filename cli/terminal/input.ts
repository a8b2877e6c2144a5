/** Reads what a person wrote, the policy file and the secrets file, and says everything that is wrong with it at once. */

import { readFileSync, statSync } from "node:fs";
import { opener } from "../../functions/ports.ts";
import { missing, parse, storedSecrets } from "../../lib/aws/secrets.ts";
import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Clock, SecretStore } from "../../lib/model/index.ts";
import { hashPolicy, type Policy } from "../../lib/policy/index.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import type { SweepPorts } from "../../lib/sweep/index.ts";
import { secretVersions } from "../state/secret-version.ts";
import { errors } from "./output.ts";

export interface InputOptions {
  readonly policy: string;
  readonly secrets?: string;
  /** Only these; all of the policy's unless given. */
  readonly directory?: readonly string[];
  readonly aws?: boolean;
  readonly secretsPrefix?: string;
}

/** Folder of the embedded stack: it also keeps the key that the versions of a secrets file are made with. */
interface KeyPlace {
  readonly state?: string;
}

export interface Input {
  readonly policy: Policy;
  readonly policyHash: string;
  /** Ids of the chosen directories, in the policy's order. */
  readonly directories: readonly string[];
  readonly open: SweepPorts["open"];
  readonly secrets: SecretStore;
}

const SETTINGS = Object.fromEntries(Object.entries(vendors).map(([name, { settings }]) => [name, settings]));
const SECRETS_FILE = "secrets.json";

/** Calls no vendor, and writes nothing but a key into a state folder that is there. Throws `ERR_POLICY_*`, `ERR_SECRET_*` or `ERR_INPUT_INVALID`. */
export async function readInput(options: InputOptions & KeyPlace, clock: Clock, signal: AbortSignal): Promise<Input> {
  const policy = readPolicy(options.policy);
  const directories = choose(policy, options.directory);
  const secrets = secretsFrom(options);
  const open = opener(policy, secrets, fetch, clock);
  await checkSecrets(directories, open, signal);
  return { policy, policyHash: hashPolicy(policy), directories, open, secrets };
}

/** Throws `ERR_POLICY_MISSING`, or `ERR_POLICY_INVALID` after it printed every error with its line and column. */
export function readPolicy(path: string): Policy {
  return checkPolicy(
    readText(path, "ERR_POLICY_MISSING", "policy file", "write one with `init`, or name it with --policy"),
    path,
  );
}

/** @param path stands before line and column */
export function checkPolicy(text: string, path: string): Policy {
  const read = parsePolicy(text, SETTINGS, path);
  if ("policy" in read) return read.policy;
  for (const { line, column, message } of read.errors) errors.line(`${path}:${line}:${column} ${message}`);
  const count = read.errors.length === 1 ? "one error" : `${read.errors.length} errors`;
  // A secret in the file is the worst of what can be wrong with it: it must be replaced, not only taken out.
  const worst = read.errors.find(({ code }) => code === "ERR_POLICY_SECRET") ?? read.errors[0];
  throw new WardenError(
    worst?.code ?? "ERR_POLICY_INVALID",
    `The policy file ${path} has ${count}; nothing was called and nothing written.`,
  );
}

function choose(policy: Policy, wanted: readonly string[] | undefined): string[] {
  const known = policy.directories.map(({ id }) => id);
  const strange = wanted?.find((id) => !known.includes(id));
  if (strange === undefined) return known.filter((id) => wanted === undefined || wanted.includes(id));
  throw new WardenError("ERR_INPUT_INVALID", `The policy has no directory ${strange}; it has ${known.join(", ")}.`);
}

function secretsFrom({ secrets, aws, secretsPrefix, state }: InputOptions & KeyPlace): SecretStore {
  if (secrets === undefined && aws)
    return storedSecrets({}, need(secretsPrefix, "--secrets-prefix or MFA_WARDEN_SECRETS"));
  return fileSecrets(secrets ?? SECRETS_FILE, secretVersions(state, aws));
}

/** Throws `ERR_INPUT_INVALID` when something that `--aws` needs was not given. */
export function need(value: string | undefined, how: string): string {
  if (value !== undefined && value !== "") return value;
  throw new WardenError("ERR_INPUT_INVALID", `With --aws, ${how} must say what to use.`);
}

/** A JSON file: directory id to secret. Read anew each time, since it may be changed while a command runs. */
function fileSecrets(path: string, versionOf: (secret: unknown) => string): SecretStore {
  readSecrets(path);
  warnIfOpen(path);
  return {
    async read(directory) {
      const found = Object.entries(readSecrets(path)).find(([id]) => id === directory);
      if (found) return { value: found[1], version: versionOf(found[1]) };
      throw missing(directory, `the secrets file ${path} has no entry "${directory}"`);
    },
  };
}

function readSecrets(path: string): object {
  const advice = "it is a JSON file, directory id to secret; name it with --secrets";
  const all = parse(`the file ${path}`, readText(path, "ERR_SECRET_MISSING", "secrets file", advice));
  if (typeof all !== "object" || all === null || Array.isArray(all))
    throw new WardenError(
      "ERR_SECRET_INVALID",
      `The secrets file ${path} is not one JSON object, directory id to secret.`,
    );
  return all;
}

function warnIfOpen(path: string): void {
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return;
  errors.line(`warning: other users of this machine can read ${path}; run chmod 600 on it.`);
}

/** Opening a directory reads its secret and calls nobody. */
async function checkSecrets(directories: readonly string[], open: Input["open"], signal: AbortSignal): Promise<void> {
  const opened = await Promise.allSettled(directories.map((id) => open(id, signal)));
  const failed = opened.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  for (const error of failed.slice(0, -1))
    if (error instanceof WardenError) errors.line(`${error.message} (${error.code})`);
  if (failed.length > 0) throw failed.at(-1);
}

function readText(
  path: string,
  code: "ERR_POLICY_MISSING" | "ERR_SECRET_MISSING",
  what: string,
  advice: string,
): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new WardenError(code, `The ${what} ${path} cannot be read (${reason}); ${advice}.`);
  }
}
