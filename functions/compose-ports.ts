/** Puts the ports of the workflows together from adapters: once, for the deployed functions and for the command line. */
import { setTimeout as delay } from "node:timers/promises";
import { ulid } from "ulid";
import { openDirectory } from "../lib/directories/index.ts";
import { WardenError } from "../lib/errors.ts";
import type { SealPorts } from "../lib/evidence/index.ts";
import { type Clock, type Ledger, omitUndefined, type SecretStore } from "../lib/model/index.ts";
import { directoryConfig, hashPolicy, type Policy } from "../lib/policy/index.ts";
import type { SweepPorts } from "../lib/sweep/index.ts";
import { peopleKeyReader } from "./people-key.ts";
import type { LongLivedPorts } from "./workflows.ts";

export interface RecordAdapters {
  readonly policy: Policy;
  readonly ledger: Ledger;
  /** Version of this code, for the evidence. */
  readonly code: string;
}

export interface PortAdapters extends RecordAdapters {
  readonly secrets: SecretStore;
  /** As the ledger's. */
  readonly leaseSeconds: number;
  /** How long a change may take to show. */
  readonly readBackTimeoutMs: number;
}

/** What work on subjects needs that leaves no evidence. */
export type SubjectPorts = Omit<LongLivedPorts<SweepPorts>, "evidence" | "signer" | "onProgress">;

/** Everything but where evidence goes and what signs it. */
export function composePorts(adapters: PortAdapters): SubjectPorts {
  const record = composeRecordPorts(adapters);
  return {
    ...record,
    leaseSeconds: adapters.leaseSeconds,
    readBackTimeoutMs: adapters.readBackTimeoutMs,
    ...omitUndefined({ readPeopleKey: peopleKeyReader(adapters) }),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    open: opener(adapters.policy, adapters.secrets, fetch, record.clock),
  };
}

type RecordPorts = Omit<SealPorts, "evidence" | "signer"> & Pick<SweepPorts, "ledger">;

/** What needs no directory and no secret: the policy, the ledger, the clock. */
export const composeRecordPorts = ({ policy, ledger, code }: RecordAdapters): RecordPorts => ({
  policy,
  policyHash: hashPolicy(policy),
  ledger,
  code,
  clock: Date.now,
  ulid,
});

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
      id,
      settings: configured.settings,
      secret: secret.value,
      secretVersion: secret.version,
      fetch: fetchFrom,
      clock,
    });
  };
}
