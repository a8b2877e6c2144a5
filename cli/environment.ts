/** The environment that the command line hands to its parts: what docs/environment.md names, and nothing else of the shell's. */

import { existsSync } from "node:fs";
import { devNull } from "node:os";
import { WardenError } from "../lib/errors.ts";
import { productFile } from "./product.ts";
import { useProxy } from "./proxy.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where files and programs are, who the user is, and how the terminal shows text. */
const SYSTEM_NAMES = new Set([
  "PATH",
  "PATHEXT",
  "HOME",
  "HOMEDRIVE",
  "HOMEPATH",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "SYSTEMROOT",
  "SYSTEMDRIVE",
  "WINDIR",
  "TMPDIR",
  "TMP",
  "TEMP",
  "USER",
  "USERNAME",
  "LOGNAME",
  "LANG",
  "LANGUAGE",
  "TZ",
  "PWD",
  "INIT_CWD",
  "TERM",
  "TERM_PROGRAM",
  "TERM_PROGRAM_VERSION",
  "TMUX",
  "COLORTERM",
  "CI",
  "NO_COLOR",
  "FORCE_COLOR",
  "NODE_DISABLE_COLORS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_V8_COVERAGE",
]);
/** Whose account the asff format is for: options take their default from these, also without --aws. */
const OPTION_NAMES = new Set(["AWS_ACCOUNT_ID", "AWS_REGION"]);
const OWN_PREFIX = "MFA_WARDEN_";
/** Stands before a directory's id in the name of the variable that holds its secret. */
export const SECRET_PREFIX = `${OWN_PREFIX}SECRET_`;
const KEPT_PREFIXES = [OWN_PREFIX, "LC_"];
/** Where the AWS clients look for settings that would break a local run as well as one in AWS. */
const NO_AWS_FILES = {
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: "true",
};

/** What is kept of the user's environment. @param usesAws a command works on what is deployed: then the AWS clients get their settings */
export function chooseEnvironment(environment: Environment, usesAws: boolean): Record<string, string> {
  const kept = Object.entries(environment).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && isKept(name.toUpperCase(), usesAws) && !isUnsetOption(name, value);
  });
  return { ...(usesAws ? {} : NO_AWS_FILES), ...Object.fromEntries(kept) };
}

/** CI systems hand on what is not set as an empty text. */
const isUnsetOption = (name: string, value: string): boolean => value === "" && name.startsWith(OWN_PREFIX);

function isKept(name: string, usesAws: boolean): boolean {
  if (SYSTEM_NAMES.has(name) || OPTION_NAMES.has(name)) return true;
  return KEPT_PREFIXES.some((prefix) => name.startsWith(prefix)) || (usesAws && name.startsWith("AWS_"));
}

/** The first that has all that is used here. */
const OLDEST_NODE = [22, 18] as const;

/** Throws `ERR_INPUT_INVALID`: npm only warns of a Node that is too old. @param version like `24.1.0` */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `This is Node ${version}; mfa-warden needs ${OLDEST_NODE.join(".")} or later.`,
  );
}

/** `npm run` starts every script in the project's folder: paths are meant from where it was called. */
export function enterCallersFolder(): void {
  const { INIT_CWD, npm_package_json } = process.env;
  if (INIT_CWD === undefined || npm_package_json !== productFile("package.json")) return;
  if (existsSync(INIT_CWD)) process.chdir(INIT_CWD);
}

let callers: Environment | undefined;

/** That of the shell, for a program that the person names; without the secrets that are meant for this one. */
export const callersEnvironment = (): Environment =>
  Object.fromEntries(Object.entries(callers ?? process.env).filter(([name]) => !name.startsWith(SECRET_PREFIX)));

/** Applies both to this process, before any part of the product is loaded: the parts read their variables when they are. */
export function isolateEnvironment(usesAws: boolean): void {
  callers = { ...process.env };
  const chosen = { ...chooseEnvironment(process.env, usesAws), ...useProxy(process.env) };
  for (const name of Object.keys(process.env)) if (!(name in chosen)) delete process.env[name];
  Object.assign(process.env, chosen);
}
