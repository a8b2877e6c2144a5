/** What who waits for a directory may rely on: a lease that is given back is taken within seconds, under names that never change. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LeaseRequestResult } from "../../lib/model/index.ts";
import type { SweepContext } from "../../lib/sweep/context.ts";
import { takeLease } from "../../lib/sweep/lease.ts";
import { plainEngine, toJson } from "./engine.ts";

const NOW = Date.parse("2026-11-22T10:00:00.000Z");
const HELD = { heldBy: "01OTHER", until: new Date(NOW + 12_000).toISOString() };
const FREE = { lease: { directory: "workforce", run: "01RUN", token: 2 }, unsettled: ["01OTHER"], head: {} };

/** Asks for the lease; each look gets the next of the answers, and then the last one. */
async function waitWith(...answers: LeaseRequestResult[]) {
  const names: string[] = [];
  let look = 0;
  const step = (name: string, work: () => Promise<unknown>) => {
    names.push(name);
    return toJson(work);
  };
  const acquireLease = async () => answers[Math.min(look++, answers.length - 1)];
  const context: unknown = {
    durable: plainEngine({ step, wait: (name) => void names.push(name) }),
    ports: { ledger: { acquireLease }, clock: () => NOW, invokedAt: NOW, leaseSeconds: 60 },
    order: { run: "01RUN", directory: "workforce" },
  };
  const result = await takeLease(context as SweepContext);
  return { result, names };
}

test("a lease that is given back is taken at the next look", async () => {
  const { result, names } = await waitWith(HELD, HELD, FREE);
  assert.ok(result.ok);
  assert.deepEqual(result.value.unsettled, ["01OTHER"]);
  assert.deepEqual(names, ["lease", "lease-wait", "lease-again", "lease-wait-2", "lease-again-2"]);
});

test("a lease that is renewed until the end is left to its holder", async () => {
  const { result, names } = await waitWith(HELD);
  assert.ok(!result.ok);
  assert.equal(result.problem.code, "ERR_LEASE_HELD");
  // 13 seconds, in looks of 5, 5 and 3.
  assert.deepEqual(names.slice(-2), ["lease-wait-3", "lease-again-3"]);
});
