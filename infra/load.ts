/** Reads, checks and compiles the policy that a deployment is to carry. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { vendors } from "../lib/directories/index.ts";
import { WardenError } from "../lib/errors.ts";
import type { Policy } from "../lib/policy/index.ts";
import { parsePolicy } from "../lib/policy-file/index.ts";

/** Where the policy file is, unless `MFA_WARDEN_POLICY` names another. */
export const policyFile = (): string => process.env.MFA_WARDEN_POLICY ?? "policy.yaml";

const SETTINGS = Object.fromEntries(Object.entries(vendors).map(([name, { settings }]) => [name, settings]));

/** Throws `ERR_POLICY_MISSING`, or the code of the worst error with all of them, each with its line and column. */
export function loadPolicy(path: string): Policy {
  const read = parsePolicy(readText(path), SETTINGS, path, (name) => readBeside(path, name));
  if ("policy" in read) return read.policy;
  const count = read.errors.length === 1 ? "one error" : `${read.errors.length} errors`;
  const lines = read.errors.map(({ line, column, message, file = path }) => `${file}:${line}:${column} ${message}`);
  // A secret in the file must be replaced, not only taken out.
  const worst = read.errors.find(({ code }) => code === "ERR_POLICY_SECRET") ?? read.errors[0];
  const code = worst?.code ?? "ERR_POLICY_INVALID";
  throw new WardenError(code, [`The policy file ${path} has ${count}; nothing was deployed.`, ...lines].join("\n"));
}

/** A file that the policy names, in the same folder; `undefined`: it cannot be read. */
function readBeside(path: string, name: string): string | undefined {
  try {
    return readFileSync(join(dirname(path), name), "utf8");
  } catch {
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new WardenError(
      "ERR_POLICY_MISSING",
      `The policy file ${path} cannot be read (${reason}); nothing was deployed. Write one with \`npm run -s warden -- init\`, or name it with MFA_WARDEN_POLICY.`,
    );
  }
}

/** Every directory must be swept by some schedule, or nobody would ever notice that it is not. Answers those that are not. */
export function unscheduled({ directories, deploy }: Policy): string[] {
  const schedules = deploy?.schedules ?? [];
  const swept = (id: string) => schedules.some((schedule) => schedule.directories?.includes(id) ?? true);
  return directories.map(({ id }) => id).filter((id) => !swept(id));
}

/** Writes the compiled policy as the only file of a folder: SST zips a single file twice. */
export function store(policy: Policy, folder: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify(policy));
}
