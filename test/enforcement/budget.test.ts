/** How many changes a day may bring: of all directories, and of one; over workers, events and sweeps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { monotonicFactory } from "ulid";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { ReceivedMessage } from "../../lib/model/index.ts";
import { messageRechecker, type Rechecked } from "../../lib/recheck/index.ts";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { eventMessage, NO_QUEUE } from "../recheck/events.ts";
import { changeCalls, codesOf, inKnownWorld, messageOf, WORKFORCE } from "../sweep/known-world.ts";
import { EVERYONE, type World } from "../world.ts";

/** Fifty at once on a busy machine take their time; what is cut off is no refusal. */
const signal = AbortSignal.timeout(240_000);
const WORKERS = 50;
const BUDGET = 100;
const OFF = [...Array(3 * WORKERS).keys()];
const LIMITED = EVERYONE.replace(/changesPerDay: \d+/, `changesPerDay: ${BUDGET}`);

/** A worker with a ledger of its own, as every function in AWS has one. */
function startWorker(world: World, yaml: string, rechecked: Rechecked[]) {
  const client = documentClient({ ...LOCAL_AWS, endpoint: world.endpoints.dynamodb });
  const { evidence: _, ...ports } = world.ports(yaml);
  const { clock, leaseSeconds } = ports;
  const ledger = dynamoLedger({ client, table: world.table, clock, ulid: monotonicFactory(), leaseSeconds });
  const queue = { ...NO_QUEUE, delay: async () => {} };
  const recheck = messageRechecker({ ...ports, ledger, queue, onProgress: (event) => rechecked.push(event) });
  return {
    /** Handles the messages, again while one of them must come again. */
    async work(messages: readonly ReceivedMessage[]): Promise<void> {
      let left = messages;
      while (left.length > 0) {
        const again = await recheck(left, signal);
        left = left.filter(({ id }) => again.includes(id));
      }
    },
    close: () => client.destroy(),
  };
}

const eventOf = (subject: string) => eventMessage({ id: `e-${subject}`, directory: WORKFORCE, subject }, subject);

test("50 workers at once on one budget of 100: exactly 100 changes, the others are parked, and the next plan has them", () =>
  inKnownWorld(
    async (world) => {
      await world.ledger.setDeployedPolicy(world.ports(LIMITED).policyHash);
      const rechecked: Rechecked[] = [];
      const workers = Array.from({ length: WORKERS }, () => startWorker(world, LIMITED, rechecked));
      const ids = OFF.map((index) => world.vendor.account(index).id);
      await Promise.all(workers.map(({ work }, n) => work(ids.slice(3 * n, 3 * n + 3).map(eventOf))));
      for (const { close } of workers) close();

      assert.equal(changeCalls(world).length, BUDGET);
      assert.equal(await world.ledger.countSpentBudget("all"), BUDGET);
      const parked = ids.filter((id) => !world.vendor.find(id)?.mfaEnabled);
      assert.equal(parked.length, OFF.length - BUDGET);
      const { events } = await world.ledger.readHistory(WORKFORCE, parked[0] ?? "");
      assert.deepEqual(
        events.map(({ kind, outcome }) => outcome ?? kind),
        ["verdict", "refused"],
      );
      assert.match(events.at(-1)?.why ?? "", /^ERR_LIMIT_DAY: /);

      const { only } = await world.sweep("enforce", LIMITED);
      assert.deepEqual([only.status, codesOf(only)], ["awaiting-approval", ["ERR_LIMIT_DAY"]]);
      const planned = (await Array.fromAsync(world.ledger.listChanges(only.run, WORKFORCE))).flat();
      assert.deepEqual(
        planned.map(({ id }) => id),
        parked.toSorted(),
      );
    },
    { accounts: OFF.length, off: OFF },
  ));

/** The policy of a world whose directory may have so many changes a day itself. */
function withOwnLimit(world: World, changesPerDay: number, yaml = EVERYONE) {
  const { policy } = world.ports(yaml);
  const directories = policy.directories.map((directory) => ({ ...directory, limits: { changesPerDay } }));
  return { policy: { ...policy, directories } };
}

test("a directory's own limit stops its plan, and says whose limit it is", () =>
  inKnownWorld(
    async (world) => {
      const { only } = await world.sweep("enforce", EVERYONE, withOwnLimit(world, 2));
      assert.deepEqual([only.status, codesOf(only)], ["awaiting-approval", ["ERR_LIMIT_DAY"]]);
      assert.match(messageOf(only, "ERR_LIMIT_DAY"), /3 changes .* 2 are left .* limits.changesPerDay of workforce/);
      const raised = await world.sweep("enforce", EVERYONE, withOwnLimit(world, 3));
      assert.deepEqual([raised.only.status, raised.only.changes.enforced], ["completed", 3]);
      assert.equal(await world.ledger.countSpentBudget("all", WORKFORCE), 3);
    },
    { off: [1, 2, 3] },
  ));

test("a directory's own limit that is used up on the way refuses the rest; what it had is counted once", () =>
  inKnownWorld(
    async (world) => {
      const onProgress = ({ did }: { readonly did: string }) => {
        if (did === "planned") void world.ledger.reserveBudget("all", 2, 1_000, { directory: WORKFORCE });
      };
      const more = { ...withOwnLimit(world, 3), onProgress };
      const { only } = await world.sweep("enforce", EVERYONE, more);
      assert.deepEqual([only.changes.enforced, only.changes.refused, changeCalls(world).length], [1, 2, 1]);
      assert.deepEqual(
        [await world.ledger.countSpentBudget("all"), await world.ledger.countSpentBudget("all", WORKFORCE)],
        [3, 3],
      );
    },
    { off: [1, 2, 3] },
  ));
