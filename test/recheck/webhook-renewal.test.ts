/** What a message does that wants a vendor's webhook renewed before its time is over. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WardenError } from "../../lib/errors.ts";
import type { Directory } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { startWorld, type World } from "../world.ts";
import { queueOf, receivedMessage, signal } from "./events.ts";

let world: World;
before(async () => {
  world = await startWorld({ accounts: 10 });
});
after(() => world.close());

const RENEWAL = receivedMessage({ directory: "workforce", events: [], renew: true });

/** Handles one message in a world whose directory has such webhooks. */
async function handle(hooks: Partial<Directory["hooks"]> | undefined, message = RENEWAL): Promise<string[]> {
  const { evidence: _, ...ports } = world.ports();
  const open: typeof ports.open = async (id, until) => {
    const { hooks: _own, ...directory } = await ports.open(id, until);
    return hooks ? { ...directory, hooks: { plan: unasked, apply: unasked, ...hooks } } : directory;
  };
  return messageRechecker({ ...ports, open, queue: queueOf(world), onProgress: () => {} })([message], signal);
}

const unasked = () => Promise.reject(new Error("nobody asked for it"));

test("it is renewed, and the message is done with", async () => {
  let renewed = 0;
  const renew = async () => {
    renewed += 1;
  };
  assert.deepEqual(await handle({ renew }), []);
  assert.equal(renewed, 1);
});

test("a failure lets the message come again, so that it ends with the dead letters if it lasts", async () => {
  const renew = () => Promise.reject(new WardenError("ERR_VENDOR_NOT_FOUND", "There is none."));
  assert.deepEqual(await handle({ renew }), [RENEWAL.id]);
});

test("where nothing ends by itself, or the vendor has no webhooks, there is nothing to do", async () => {
  assert.deepEqual(await handle({}), []);
  assert.deepEqual(await handle(undefined), []);
});

test("a message of events renews nothing", async () => {
  const renew = () => Promise.reject(new Error("renewed"));
  assert.deepEqual(await handle({ renew }, receivedMessage({ directory: "workforce", events: [] })), []);
});
