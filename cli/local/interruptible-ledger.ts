/** A ledger that can be told to stop: nothing new is begun, what was begun is finished, and the leases are given back. */

import { setTimeout as delay } from "node:timers/promises";
import type { Lease, Ledger } from "../../lib/model/index.ts";

export interface InterruptibleLedger {
  readonly ledger: Ledger;
  /** Resolves when another run may take over. Changes that take longer than `deadlineMs` to show are left for it to find out. */
  readonly stop: (deadlineMs: number) => Promise<void>;
}

const LOOK_MS = 50;

/** What is asked after the stop waits for ever: the process is about to end. */
const never = () => new Promise<never>(() => {});

export function interruptibleLedger(inner: Ledger): InterruptibleLedger {
  const leases = new Map<string, Lease>();
  const runs = new Set<string>();
  const claims = new Set<string>();
  let isStopped = false;
  const ledger: Ledger = {
    ...inner,
    async openRun(record) {
      await inner.openRun(record);
      runs.add(record.run);
    },
    async closeRun(run, status) {
      await inner.closeRun(run, status);
      runs.delete(run);
    },
    async acquireLease(...request) {
      if (isStopped) return never();
      const answer = await inner.acquireLease(...request);
      if ("lease" in answer) leases.set(answer.lease.directory, answer.lease);
      return answer;
    },
    renewLease: (lease) => (isStopped ? never() : inner.renewLease(lease)),
    async releaseLease(lease) {
      await inner.releaseLease(lease);
      leases.delete(lease.directory);
    },
    async claimSubject(directory, id, claim) {
      if (isStopped) return never();
      const state = await inner.claimSubject(directory, id, claim);
      if (state) claims.add(claimKey(directory, id));
      return state;
    },
    async completeClaim(claim, observation, result, change) {
      await inner.completeClaim(claim, observation, result, change);
      claims.delete(claimKey(observation.directory, observation.subject.id));
    },
  };
  return {
    ledger,
    stop: async (deadlineMs) => {
      isStopped = true;
      for (let left = deadlineMs; claims.size > 0 && left > 0; left -= LOOK_MS) await delay(LOOK_MS);
      for (const lease of leases.values()) await inner.expireLease(lease);
      for (const run of runs) await inner.closeRun(run, "failed");
    },
  };
}

const claimKey = (directory: string, id: string) => JSON.stringify([directory, id]);
