/** Builds what the workflows need from the environment that the deployment gives a function. */
import { ulid } from "ulid";
import { s3Evidence } from "../lib/aws/bucket.ts";
import { kmsSigner } from "../lib/aws/kms-signer.ts";
import { sqsQueue } from "../lib/aws/queue.ts";
import { managedSecrets, storedSecrets } from "../lib/aws/secrets.ts";
import type { SealPorts } from "../lib/evidence/index.ts";
import { documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import { omitUndefined, type SecretStore } from "../lib/model/index.ts";
import { directoryConfig } from "../lib/policy/index.ts";
import type { PollPorts } from "../lib/poll/index.ts";
import type { RecheckPorts } from "../lib/recheck/index.ts";
import type { SweepPorts } from "../lib/sweep/index.ts";
import { composePorts, composeRecordPorts, type RecordAdapters, type SubjectPorts } from "./compose-ports.ts";
import { bucketAddressing, type Environment, kmsAddressing, nameOf, policyOf } from "./environment.ts";
import { noticeSenderOf } from "./notice-sender.ts";
import { polledDirectories } from "./polled-directories.ts";
import type { LongLivedPorts } from "./workflows.ts";

export { nameOf } from "./environment.ts";

const LEASE_SECONDS = 60;
const READ_BACK_TIMEOUT_MS = 30_000;

/** Everything of a sweep that outlives an invocation. */
export function portsOf(environment: Environment): LongLivedPorts<SweepPorts> {
  const secrets = storedSecrets({}, nameOf(environment, "MFA_WARDEN_SECRETS"));
  const ports = subjectPortsOf(environment, secrets);
  return {
    ...ports,
    ...omitUndefined({ noticeSender: noticeSenderOf({ ...ports, secrets, environment }) }),
    ...evidencePortsOf(environment),
  };
}

/** And of sealing what events changed: no directory, and no secret. */
export const sealPortsOf = (environment: Environment): SealPorts => ({
  ...composeRecordPorts(recordAdapters(environment)),
  ...evidencePortsOf(environment),
});

/** And of a recheck, which writes no evidence. */
export function recheckPortsOf(environment: Environment): RecheckPorts {
  const secretsPrefix = nameOf(environment, "MFA_WARDEN_SECRETS");
  const secrets = managedSecrets({}, secretsPrefix, Date.now);
  const ports = subjectPortsOf(environment, secrets);
  const forget = (directory: string) => {
    const configured = directoryConfig(ports.policy, directory);
    if (configured) secrets.forget(configured.secret);
  };
  return { ...ports, queue: sqsQueue({}, queuesOf(environment)), secretsPrefix, forget };
}

/** And of a poll of vendors' logs. */
export function pollPortsOf(environment: Environment, count: PollPorts["count"]): Omit<PollPorts, "onProblem"> {
  const secrets = storedSecrets({}, nameOf(environment, "MFA_WARDEN_SECRETS"));
  const { policy, open, ledger } = subjectPortsOf(environment, secrets);
  const queue = sqsQueue({}, queuesOf(environment));
  return { directories: polledDirectories(policy), open, ledger, queue, count };
}

const queuesOf = (environment: Environment) => ({
  url: nameOf(environment, "MFA_WARDEN_QUEUE"),
  deadUrl: nameOf(environment, "MFA_WARDEN_DEAD_QUEUE"),
});

const subjectPortsOf = (environment: Environment, secrets: SecretStore): SubjectPorts =>
  composePorts({
    ...recordAdapters(environment),
    secrets,
    leaseSeconds: LEASE_SECONDS,
    readBackTimeoutMs: READ_BACK_TIMEOUT_MS,
  });

function recordAdapters(environment: Environment): RecordAdapters {
  const ledger = dynamoLedger({
    client: documentClient({}),
    table: nameOf(environment, "MFA_WARDEN_TABLE"),
    clock: Date.now,
    ulid,
    leaseSeconds: LEASE_SECONDS,
  });
  return { policy: policyOf(environment), ledger, code: nameOf(environment, "MFA_WARDEN_CODE") };
}

/** Where files go, and what signs them. */
function evidencePortsOf(environment: Environment): Pick<SweepPorts, "evidence" | "signer"> {
  const bucket = nameOf(environment, "MFA_WARDEN_BUCKET");
  return {
    evidence: s3Evidence(bucketAddressing(environment), bucket, `s3://${bucket}/`),
    signer: kmsSigner(kmsAddressing(environment), nameOf(environment, "MFA_WARDEN_SIGNING_KEY"), Date.now),
  };
}
