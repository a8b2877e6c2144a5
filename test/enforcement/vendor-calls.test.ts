/** What one change asks of the vendor, by its call log: nothing that was read moments ago is read again, and what proves is read anew. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageRechecker, type Rechecked } from "../../lib/recheck/index.ts";
import { eventMessage, NO_QUEUE, signal } from "../recheck/events.ts";
import { inKnownWorld, targetOf, WORKFORCE, whenPlanned } from "../sweep/known-world.ts";
import { EVERYONE, type World } from "../world.ts";

const SWITCHED = ["GET mfaEnabled", "PUT mfaEnabled", "GET mfaEnabled"];
const REGISTERED = EVERYONE.replace("require: enabled", "require: registered");

/** The vendor calls from the `from`th on, but for tokens. */
const callsFrom = ({ vendor }: World, from: number): string[] =>
  vendor.calls.slice(from).flatMap(({ method, route }) => (route === "token" ? [] : [`${method} ${route}`]));

const assertCalls = (calls: readonly string[], expected: readonly string[]) =>
  assert.deepEqual(calls.toSorted(), expected.toSorted());

/** A change of the only account that needs one, by a sweep: its calls from the plan on. */
async function sweptCalls(world: World, yaml = EVERYONE): Promise<string[]> {
  let from = 0;
  const { only } = await world.sweep(
    "enforce",
    yaml,
    whenPlanned(() => {
      from = world.vendor.calls.length;
    }),
  );
  assert.equal(only.changes.enforced, 1);
  return callsFrom(world, from);
}

test("in a sweep: the account, its switch and its devices, the change, and the switch again", () =>
  inKnownWorld(async (world) => assertCalls(await sweptCalls(world), ["GET user", "GET devices", ...SWITCHED])));

test("where the requirement rests on devices, they are read after the change too", () =>
  inKnownWorld(async (world) => {
    const around = ["GET user", "GET devices"];
    assertCalls(await sweptCalls(world, REGISTERED), [...around, ...SWITCHED, ...around, "GET bypassMFA"]);
  }));

/** The same by an event. @param meddle when the event has looked, before it claims */
async function eventCalls(
  world: World,
  meddle?: () => Promise<void>,
): Promise<{ calls: string[]; rechecked: Rechecked[] }> {
  const { evidence: _, ...ports } = world.ports();
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const rechecked: Rechecked[] = [];
  const ledger: typeof ports.ledger = {
    ...ports.ledger,
    async reserveBudget(...request) {
      await meddle?.();
      return ports.ledger.reserveBudget(...request);
    },
  };
  const recheck = messageRechecker({ ...ports, ledger, queue: NO_QUEUE, onProgress: (event) => rechecked.push(event) });
  const from = world.vendor.calls.length;
  const subject = targetOf(world);
  await recheck([eventMessage({ id: "e-1", directory: WORKFORCE, subject })], signal);
  return { calls: callsFrom(world, from), rechecked };
}

test("by an event: its own look is not taken again", () =>
  inKnownWorld(async (world) => {
    const { calls, rechecked } = await eventCalls(world);
    assert.equal(rechecked[0]?.outcome, "enforced");
    assertCalls(calls, ["GET user", "GET devices", ...SWITCHED]);
  }));

test("by an event: who was changed by somebody else since its look is looked at again", () =>
  inKnownWorld(async (world) => {
    const { calls, rechecked } = await eventCalls(world, async () => {
      await world.sweep("enforce");
    });
    assert.equal(rechecked[0]?.outcome, "already");
    assert.equal(calls.filter((call) => call === "PUT mfaEnabled").length, 1);
  }));

test("by an event: what it saw too long ago is read again", () =>
  inKnownWorld(async (world) => {
    const { calls, rechecked } = await eventCalls(world, async () => {
      world.vendor.change(targetOf(world), { devices: [] });
      world.time.ahead = 11_000;
    });
    assert.equal(rechecked[0]?.outcome, "needs-user");
    assert.equal(calls.filter((call) => call === "PUT mfaEnabled").length, 0);
  }));
