/** What one change asks of PingOne, by its call log: nothing that was read moments ago is read again, and what proves is read anew. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { approvePlans } from "../../lib/approval/index.ts";
import { messageRechecker, type Rechecked } from "../../lib/recheck/index.ts";
import { eventMessage, NO_QUEUE, signal } from "../recheck/events.ts";
import { runHere } from "../shared-engine.ts";
import { inKnownWorld, stateOf, targetOf, WORKFORCE, whenPlanned } from "../sweep/known-world.ts";
import { EVERYONE, type World } from "../world.ts";

const CHANGED = ["PUT mfaEnabled", "GET mfaEnabled"];
const requiring = (requirement: string) => EVERYONE.replace("require: enabled", `require: ${requirement}`);
const REGISTERED = requiring("registered");

/** What a requirement rests on beside the switch and the devices, and can only be known when the switch is on. */
const AFTER_BY_REQUIREMENT: Readonly<Record<string, readonly string[]>> = {
  enabled: [],
  registered: ["GET bypassMFA"],
  "phishing-resistant": ["GET bypassMFA"],
};

/** The vendor calls from the `from`th on, but for tokens. */
const callsFrom = ({ vendor }: World, from: number): string[] =>
  vendor.calls.slice(from).flatMap(({ method, route }) => (route === "token" ? [] : [`${method} ${route}`]));

const assertCalls = (calls: readonly string[], expected: readonly string[]) =>
  assert.deepEqual(calls.toSorted(), expected.toSorted());

const addKey = (world: World) =>
  world.vendor.change(targetOf(world), { devices: [{ type: "FIDO2", status: "ACTIVE" }] });

const verdictOf = async (world: World) => (await stateOf(world, targetOf(world)))?.judgement.verdict;

/** A sweep's calls from the plan on, where only one account needs a change. */
async function sweptCalls(world: World, yaml = EVERYONE) {
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

/** The same by an event. @param meddle when the event has looked, before it claims */
async function eventCalls(
  world: World,
  meddle?: () => Promise<void>,
  yaml = EVERYONE,
): Promise<{ calls: string[]; rechecked: Rechecked[] }> {
  const { evidence: _, ...ports } = world.ports(yaml);
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

for (const [requirement, after] of Object.entries(AFTER_BY_REQUIREMENT))
  describe(`where a rule requires ${requirement}`, () => {
    test("a sweep makes at most five: the account, its devices, the change, and what proves it", () =>
      inKnownWorld(async (world) => {
        addKey(world);
        const calls = await sweptCalls(world, requiring(requirement));
        assertCalls(calls, ["GET user", "GET devices", ...CHANGED, ...after]);
        assert.ok(calls.length <= 5);
        assert.equal(await verdictOf(world), "compliant");
      }));

    test("an event makes at most six: its own look is not taken again", () =>
      inKnownWorld(async (world) => {
        addKey(world);
        const { calls, rechecked } = await eventCalls(world, undefined, requiring(requirement));
        assert.equal(rechecked[0]?.outcome, "enforced");
        assertCalls(calls, ["GET user", "GET mfaEnabled", "GET devices", ...CHANGED, ...after]);
        assert.ok(calls.length <= 6);
        assert.equal(await verdictOf(world), "compliant");
      }));
  });

test("whoever may sign in without the second factor is not compliant: that is asked when the switch is on", () =>
  inKnownWorld(async (world) => {
    world.vendor.change(targetOf(world), { bypassUntil: new Date(Date.now() + 3_600_000).toISOString() });
    await sweptCalls(world, REGISTERED);
    assert.equal(await verdictOf(world), "violating");
  }));

test("what was read before the change is on record with its own time", () =>
  inKnownWorld(async (world) => {
    await sweptCalls(world, REGISTERED);
    const state = await stateOf(world, targetOf(world));
    const { devices = "", active, enabled, bypass } = state?.factsReadAt ?? {};
    assert.ok(state && devices !== "" && devices <= state.observedAt);
    assert.deepEqual([active, enabled, bypass], [devices, undefined, undefined]);
    assert.deepEqual(state.event.factsReadAt, state.factsReadAt);
    // The next sweep reads everybody as they are then.
    world.vendor.change(targetOf(world), { devices: [] });
    world.time.ahead = 1_000;
    await world.sweep("plan", REGISTERED);
    const next = await stateOf(world, targetOf(world));
    assert.deepEqual([next?.judgement.verdict, next?.factsReadAt], ["pending", undefined]);
  }));

test("a read-back that comes late reads everything anew", () =>
  inKnownWorld(async (world) => {
    await world.sweep("enforce", REGISTERED, {
      onProgress: ({ did }) => {
        if (did !== "changed") return;
        world.vendor.change(targetOf(world), { devices: [] });
        world.time.ahead = 11_000;
      },
    });
    const state = await stateOf(world, targetOf(world));
    assert.deepEqual([state?.event.outcome, state?.judgement.verdict], ["enforced", "pending"]);
    assert.equal(state?.factsReadAt, undefined);
  }));

/** Plans the undoing of a run, has it approved, and applies it: the calls from the plan on. */
async function undoCalls(world: World, run: string, yaml: string): Promise<string[]> {
  const origin = { by: "omar@laptop", how: "test" };
  const { run: planned } = await runHere(world.ports(yaml), { mode: "plan", undoes: { run }, origin });
  const [plan] = await world.ledger.readPlans(planned);
  const request = { run: planned, hash: plan?.hash ?? "", origin: { by: "jane@laptop", how: "test" } };
  const applies = await approvePlans(world.ports(yaml), request);
  let from = 0;
  const counting = whenPlanned(() => {
    from = world.vendor.calls.length;
  });
  const { directories } = await runHere(world.ports(yaml, counting), { mode: "enforce", applies, origin });
  assert.equal(directories[0]?.changes.reverted, 1);
  return callsFrom(world, from);
}

test("an undoing makes at most five, whatever its rule requires", () =>
  inKnownWorld(async (world) => {
    const yaml = `${REGISTERED}approval: { approvers: [jane] }\n`;
    const { run } = await world.sweep("enforce", yaml);
    assertCalls(await undoCalls(world, run, yaml), ["GET user", "GET devices", "GET bypassMFA", ...CHANGED]);
    assert.equal(await verdictOf(world), "violating");
  }));

test("a switch that somebody else has turned on meanwhile is asked for itself", () =>
  inKnownWorld(async (world) => {
    let from = 0;
    const { only } = await world.sweep(
      "enforce",
      EVERYONE,
      whenPlanned(() => {
        from = world.vendor.calls.length;
        world.vendor.change(targetOf(world), { mfaEnabled: true });
      }),
    );
    assert.equal(only.changes.already, 1);
    assertCalls(callsFrom(world, from), ["GET user", "GET mfaEnabled", "GET devices"]);
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
