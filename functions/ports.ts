/** Builds what the workflows need from the environment that the deployment gives a function. Nothing else reads it. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { ulid } from "ulid";
import { openDirectory } from "../lib/directories/index.ts";
import { WardenError } from "../lib/errors.ts";
import { s3Evidence } from "../lib/evidence.ts";
import { documentClient, dynamoLedger } from "../lib/ledger.ts";
import type { Clock, Secrets } from "../lib/model.ts";
import { hashPolicy, type Policy, readCompiled } from "../lib/policy/schema.ts";
import { managedSecrets } from "../lib/secrets.ts";
import type { SweepPorts } from "../lib/sweep/session.ts";
import type { Standing } from "./workflows.ts";

/** As AWS, the SDKs and the deployment name them. */
type Environment = Readonly<Record<string, string | undefined>>;

const LEASE_SECONDS = 60;
const PATIENCE_MS = 30_000;

/** Throws `ERR_INPUT_INVALID` when the deployment did not give this name. */
export function nameOf(environment: Environment, name: string): string {
  const value = environment[name];
  if (value !== undefined) return value;
  throw new WardenError("ERR_INPUT_INVALID", `${name} is not set; deploy this function again.`);
}

/** Everything that outlives an invocation. */
export function portsOf(environment: Environment): Standing<SweepPorts> {
  const need = (name: string) => nameOf(environment, name);
  const clock = Date.now;
  const policy: Policy = readCompiled(JSON.parse(readFileSync(need("MFA_WARDEN_POLICY"), "utf8")));
  const bucket = need("MFA_WARDEN_BUCKET");
  const secrets = managedSecrets({}, need("MFA_WARDEN_SECRETS"), clock);
  return {
    policy,
    policyHash: hashPolicy(policy),
    clock,
    ulid,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    code: need("MFA_WARDEN_CODE"),
    leaseSeconds: LEASE_SECONDS,
    patience: PATIENCE_MS,
    ledger: dynamoLedger({
      client: documentClient({}),
      table: need("MFA_WARDEN_TABLE"),
      clock,
      ulid,
      leaseSeconds: LEASE_SECONDS,
    }),
    evidence: s3Evidence({}, bucket, `s3://${bucket}/`),
    open: opener(policy, secrets, fetch, clock),
  };
}

/** Opens a directory of the policy with its secret. */
export function opener(policy: Policy, secrets: Secrets, fetchFrom: typeof fetch, clock: Clock): SweepPorts["open"] {
  return async (id, signal) => {
    const configured = policy.directories.find((directory) => directory.id === id);
    if (!configured) throw new WardenError("ERR_INPUT_INVALID", `The policy has no directory ${id}.`);
    const secret = await secrets.read(id, configured.secret, signal);
    return openDirectory(configured.vendor, { id, settings: configured.settings, secret, fetch: fetchFrom, clock });
  };
}
