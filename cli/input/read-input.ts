/** Reads what a person wrote, the policy file and the secrets file, and says everything that is wrong with it at once. */

import { opener } from "../../functions/compose-ports.ts";
import { storedSecrets } from "../../lib/aws/secrets.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Clock, SecretStore } from "../../lib/model/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import type { SweepPorts } from "../../lib/sweep/index.ts";
import { secretVersions } from "../state/secret-version.ts";
import { complain } from "../terminal/complaints.ts";
import { type InputOptions, requireWithAws } from "../terminal/options.ts";
import { workspaceFile } from "../workspace.ts";
import { localSecrets } from "./local-secrets.ts";
import { readPolicy } from "./policy-file.ts";

export interface Input {
  readonly policy: Policy;
  /** Ids of the chosen directories, in the policy's order. */
  readonly directories: readonly string[];
  readonly open: SweepPorts["open"];
  readonly secrets: SecretStore;
}

/** Calls no vendor, and writes nothing but a key into a state folder that is there. Throws `ERR_POLICY_*`, `ERR_SECRET_*` or `ERR_INPUT_INVALID`. */
export async function readInput(options: InputOptions, clock: Clock, signal: AbortSignal): Promise<Input> {
  const policy = readPolicy(options.policy);
  const directories = chooseDirectories(policy, options.directory);
  const secrets = openSecrets(options, directories, clock);
  const open = opener(policy, secrets, fetch, clock);
  await checkSecrets(directories, open, signal);
  return { policy, directories, open, secrets };
}

function chooseDirectories(policy: Policy, wanted: readonly string[] | undefined): string[] {
  const known = policy.directories.map(({ id }) => id);
  const unknown = wanted?.find((id) => !known.includes(id));
  if (unknown === undefined) return known.filter((id) => wanted === undefined || wanted.includes(id));
  throw new WardenError("ERR_INPUT_INVALID", `The policy has no directory ${unknown}; it has ${known.join(", ")}.`);
}

function openSecrets(options: InputOptions, directories: readonly string[], clock: Clock): SecretStore {
  const { secrets: file = workspaceFile("secrets"), aws, secretsPrefix, state } = options;
  if (options.secrets === undefined && aws)
    return storedSecrets({}, requireWithAws(secretsPrefix, "--secrets-prefix or MFA_WARDEN_SECRETS"));
  return localSecrets({ file, versionOf: secretVersions(state, aws), clock }, directories);
}

/** Opening a directory reads its secret and calls nobody. */
async function checkSecrets(directories: readonly string[], open: Input["open"], signal: AbortSignal): Promise<void> {
  const opened = await Promise.allSettled(directories.map((id) => open(id, signal)));
  const failed = opened.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  for (const error of failed.slice(0, -1))
    if (error instanceof WardenError) complain({ code: error.code, message: error.message });
  if (failed.length > 0) throw failed.at(-1);
}
