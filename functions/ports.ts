/** Builds what the workflows need from the environment that the deployment gives a function. */
import { setTimeout as delay } from "node:timers/promises";
import { ulid } from "ulid";
import { s3Evidence } from "../lib/aws/bucket.ts";
import { kmsSigner } from "../lib/aws/kms-signer.ts";
import { sqsQueue } from "../lib/aws/queue.ts";
import { managedSecrets, storedSecrets } from "../lib/aws/secrets.ts";
import { openDirectory } from "../lib/directories/index.ts";
import { WardenError } from "../lib/errors.ts";
import type { SealPorts } from "../lib/evidence/index.ts";
import { documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import type { Clock, SecretStore } from "../lib/model/index.ts";
import { directoryConfig, hashPolicy, type Policy } from "../lib/policy/index.ts";
import type { RecheckPorts } from "../lib/recheck/index.ts";
import type { SweepPorts } from "../lib/sweep/index.ts";
import { type Environment, nameOf, policyOf } from "./environment.ts";
import type { Standing } from "./workflows.ts";

export { nameOf } from "./environment.ts";

const LEASE_SECONDS = 60;
const PATIENCE_MS = 30_000;
/** The queue hides a message for much longer, since a push may take minutes. */
const RETRY_MS = 60_000;

/** Everything of a sweep that outlives an invocation. */
export const portsOf = (environment: Environment): Standing<SweepPorts> => ({
  ...corePortsOf(environment, storedSecrets({}, nameOf(environment, "MFA_WARDEN_SECRETS"))),
  ...evidencePortsOf(environment),
});

/** And of sealing what events changed: no directory, and no secret. */
export const sealPortsOf = (environment: Environment): SealPorts => ({
  ...recordPortsOf(environment),
  ...evidencePortsOf(environment),
});

/** And of a recheck, which writes no evidence. */
export function recheckPortsOf(environment: Environment): RecheckPorts {
  const queues = {
    url: nameOf(environment, "MFA_WARDEN_QUEUE"),
    deadUrl: nameOf(environment, "MFA_WARDEN_DEAD_QUEUE"),
  };
  const secretsPrefix = nameOf(environment, "MFA_WARDEN_SECRETS");
  const secrets = managedSecrets({}, secretsPrefix, Date.now);
  const core = corePortsOf(environment, secrets);
  const forget = (directory: string) => {
    const configured = directoryConfig(core.policy, directory);
    if (configured) secrets.forget(configured.secret);
  };
  return { ...core, queue: sqsQueue({}, queues), retryMs: RETRY_MS, secretsPrefix, forget };
}

function corePortsOf(
  environment: Environment,
  secrets: SecretStore,
): Omit<Standing<SweepPorts>, "evidence" | "signer" | "onProgress"> {
  const record = recordPortsOf(environment);
  return {
    ...record,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    leaseSeconds: LEASE_SECONDS,
    readBackTimeoutMs: PATIENCE_MS,
    open: opener(record.policy, secrets, fetch, record.clock),
  };
}

/** The policy and the ledger. */
function recordPortsOf(environment: Environment): Omit<SealPorts, "evidence" | "signer"> & Pick<SweepPorts, "ledger"> {
  const need = (name: string) => nameOf(environment, name);
  const clock = Date.now;
  const policy = policyOf(environment);
  const client = documentClient({});
  const ledger = dynamoLedger({ client, table: need("MFA_WARDEN_TABLE"), clock, ulid, leaseSeconds: LEASE_SECONDS });
  return { policy, policyHash: hashPolicy(policy), clock, ulid, code: need("MFA_WARDEN_CODE"), ledger };
}

/** Where files go, and what signs them. */
function evidencePortsOf(environment: Environment): Pick<SweepPorts, "evidence" | "signer"> {
  const bucket = nameOf(environment, "MFA_WARDEN_BUCKET");
  return {
    evidence: s3Evidence({}, bucket, `s3://${bucket}/`),
    signer: kmsSigner({}, nameOf(environment, "MFA_WARDEN_SIGNING_KEY")),
  };
}

/** Opens a directory of the policy with its secret. */
export function opener(
  policy: Policy,
  secrets: SecretStore,
  fetchFrom: typeof fetch,
  clock: Clock,
): SweepPorts["open"] {
  return async (id, signal) => {
    const configured = directoryConfig(policy, id);
    if (!configured) throw new WardenError("ERR_INPUT_INVALID", `The policy has no directory ${id}.`);
    const secret = await secrets.read(id, configured.secret, signal);
    return openDirectory(configured.vendor, {
      ...{ id, settings: configured.settings, fetch: fetchFrom, clock },
      ...{ secret: secret.value, secretVersion: secret.version },
    });
  };
}
