/** Builds what the workflows need from the environment that the deployment gives a function. */
import { setTimeout as delay } from "node:timers/promises";
import { ulid } from "ulid";
import { openDirectory } from "../lib/directories/index.ts";
import { WardenError } from "../lib/errors.ts";
import { s3Evidence } from "../lib/evidence.ts";
import { documentClient, dynamoLedger } from "../lib/ledger.ts";
import type { Clock, Secrets } from "../lib/model.ts";
import { hashPolicy, type Policy } from "../lib/policy/schema.ts";
import { sqsQueue } from "../lib/queue.ts";
import type { RecheckPorts } from "../lib/recheck.ts";
import { managedSecrets } from "../lib/secrets.ts";
import type { SweepPorts } from "../lib/sweep/session.ts";
import { type Environment, nameOf, policyOf } from "./environment.ts";
import type { Standing } from "./workflows.ts";

export { nameOf } from "./environment.ts";

const LEASE_SECONDS = 60;
const PATIENCE_MS = 30_000;

/** Everything of a sweep that outlives an invocation. */
export function portsOf(environment: Environment): Standing<SweepPorts> {
  const bucket = nameOf(environment, "MFA_WARDEN_BUCKET");
  return { ...corePortsOf(environment), evidence: s3Evidence({}, bucket, `s3://${bucket}/`) };
}

/** And of a recheck, which writes no evidence. */
export function recheckPortsOf(environment: Environment): RecheckPorts {
  const queues = {
    url: nameOf(environment, "MFA_WARDEN_QUEUE"),
    deadUrl: nameOf(environment, "MFA_WARDEN_DEAD_QUEUE"),
  };
  return { ...corePortsOf(environment), queue: sqsQueue({}, queues) };
}

function corePortsOf(environment: Environment): Omit<Standing<SweepPorts>, "evidence" | "tell"> {
  const need = (name: string) => nameOf(environment, name);
  const clock = Date.now;
  const policy = policyOf(environment);
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
