/** What an event may change, and what it may not: over the real SQS protocol and the simulator's real HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Queue, SubjectEvent } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { Rechecked } from "../../lib/recheck/ports.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";
import { eventMessage, queueOf, receivedMessage, signal } from "./events.ts";

const WORKFORCE = "workforce";
const ACCOUNTS = 20;
const NOBODY = "00000000-0000-4000-8000-000000000000";
const DEVICES = [{ type: "TOTP", status: "ACTIVE" }];
let eventsMade = 0;

/** A world in which everybody is on, and what it takes to put events on a queue and to handle them. */
async function inWorld(body: (world: World, tools: Tools) => Promise<void>, yaml = EVERYONE): Promise<void> {
  const world = await startWorld({ accounts: ACCOUNTS, mfaEnabledShare: 1 });
  try {
    for (let i = 0; i < ACCOUNTS; i++)
      world.vendor.change(world.vendor.account(i).id, { enabled: true, devices: DEVICES });
    await body(world, toolsOf(world, yaml));
  } finally {
    await world.close();
  }
}

type Tools = ReturnType<typeof toolsOf>;

function toolsOf(world: World, yaml: string) {
  const queue = queueOf(world);
  const rechecked: Rechecked[] = [];
  const { evidence: _, ...ports } = world.ports(yaml);
  const delays: number[] = [];
  const noting: Queue = {
    ...queue,
    // Noted instead, so that the test need not wait.
    send: (messages, until, delaySeconds) => {
      if (delaySeconds !== undefined) delays.push(delaySeconds);
      return queue.send(messages, until);
    },
    delay: (receipt, seconds, until) => {
      delays.push(seconds);
      return queue.delay(receipt, seconds, until);
    },
  };
  const recheck = messageRechecker({ ...ports, queue: noting, onProgress: (event) => rechecked.push(event) });
  const event = (subject: string, more: Partial<SubjectEvent> = {}): SubjectEvent => ({
    id: `e-${++eventsMade}`,
    directory: WORKFORCE,
    subject,
    ...more,
  });
  return {
    queue,
    /** For how many seconds messages were hidden. */
    delays,
    rechecked,
    recheck,
    event,
    recheckSoon: messageRechecker({ ...ports, queue, retryMs: 1_000, onProgress: () => {} }),
    send: (...events: SubjectEvent[]) => queue.send([{ directory: WORKFORCE, events }], signal),
    countPuts: () => world.vendor.calls.filter(({ method }) => method === "PUT").length,
    /** Receives once and handles it as Lambda would: what is not to come again is acknowledged. Answers how many come again. */
    async handleQueue(): Promise<number> {
      const messages = await queue.receive(10, 1, signal);
      const again = await recheck(messages, signal);
      for (const { id, receipt } of messages) if (!again.includes(id)) await queue.acknowledge(receipt, signal);
      return again.length;
    },
    async switchOneOff(): Promise<string> {
      await world.ledger.setDeployedPolicy(ports.policyHash);
      const { id } = world.vendor.account(5);
      world.vendor.change(id, { mfaEnabled: false });
      return id;
    },
  };
}

test("an account that was switched off is on again, verified and on record", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, rechecked, countPuts }) => {
    const id = await switchOneOff();
    await send(event(id));
    assert.equal(await handleQueue(), 0);
    assert.deepEqual([rechecked[0]?.did, rechecked[0]?.outcome, countPuts()], ["changed", "enforced", 1]);
    const { state, events } = await world.ledger.readHistory(WORKFORCE, id);
    assert.equal(state?.judgement.verdict, "compliant");
    assert.equal(state?.claim, undefined);
    assert.deepEqual(
      events.map(({ kind, outcome }) => outcome ?? kind),
      ["verdict", "enforced"],
    );
    assert.equal(await world.ledger.countSpentBudget("all"), 1);
  }));

test("many events for one subject become one look", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, countPuts }) => {
    const id = await switchOneOff();
    await send(...Array.from({ length: 50 }, () => event(id)));
    await send(...Array.from({ length: 50 }, () => event(id)));
    await handleQueue();
    assert.equal(countPuts(), 1);
    const looks = world.vendor.calls.filter(({ route, user }) => route === "user" && user === id);
    assert.ok(looks.length <= 3, "one for the look, two around the change");
  }));

test("an event that comes twice, or is forged, costs at most a read and changes nothing", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, countPuts, rechecked }) => {
    const id = await switchOneOff();
    const twice = event(id);
    await send(twice);
    await handleQueue();
    world.vendor.change(id, { mfaEnabled: false });
    const before = world.vendor.calls.length;
    await send(twice);
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.did, world.vendor.calls.length, countPuts()], ["seen", before, 1]);
    await send(event(world.vendor.account(7).id));
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.did, countPuts()], ["looked", 1]);
  }));

test("an event older than what the ledger knows changes nothing", () =>
  inWorld(async (_, { switchOneOff, send, event, handleQueue, countPuts, rechecked }) => {
    const id = await switchOneOff();
    await send(event(id));
    await handleQueue();
    await send(event(id, { at: "2020-01-01T00:00:00.000Z" }));
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.did, countPuts()], ["older", 1]);
  }));

test("nothing is changed while a protected account does not exist; looked for once in five minutes", () =>
  inWorld(
    async (world, { switchOneOff, send, event, handleQueue, countPuts, rechecked }) => {
      const id = await switchOneOff();
      const other = world.vendor.account(8).id;
      world.vendor.change(other, { mfaEnabled: false });
      const countLooks = () =>
        world.vendor.calls.filter(({ route, user }) => route === "user" && user === NOBODY).length;
      await send(event(id), event(other));
      await handleQueue();
      assert.deepEqual([rechecked.map(({ outcome }) => outcome), countPuts()], [["refused", "refused"], 0]);
      assert.match(rechecked[0]?.why ?? "", new RegExp(`ERR_RULE_UNPROTECTED.*workforce/${NOBODY}`));
      const before = countLooks();
      await send(event(id));
      await handleQueue();
      assert.equal(countLooks(), before);
      world.time.ahead = 5 * 60_000;
      await send(event(id));
      await handleQueue();
      assert.deepEqual([countLooks() > before, countPuts()], [true, 0]);
    },
    EVERYONE.replace(
      "rules:",
      `rules:\n  - { name: glass, match: { accounts: [{ id: workforce/${NOBODY} }] }, require: enabled, enforce: never }`,
    ),
  ));

test("an account that is switched off again and again is refused after three changes in a day; others go on", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, countPuts, rechecked }) => {
    const id = await switchOneOff();
    for (let round = 0; round < 5; round++) {
      world.vendor.change(id, { mfaEnabled: false });
      await send(event(id));
      await handleQueue();
    }
    assert.deepEqual(
      rechecked.map(({ outcome }) => outcome),
      ["enforced", "enforced", "enforced", "refused", "refused"],
    );
    assert.match(rechecked.at(-1)?.why ?? "", /^ERR_LIMIT_ACCOUNT: /);
    assert.deepEqual([countPuts(), await world.ledger.countSpentBudget("all")], [3, 3]);
    const other = world.vendor.account(8).id;
    world.vendor.change(other, { mfaEnabled: false });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, only.changes.enforced, only.changes.refused], ["completed", 1, 1]);
    assert.equal(world.vendor.find(id)?.mfaEnabled, false);
    world.time.ahead = 25 * 3_600_000;
    await send(event(id));
    await handleQueue();
    assert.equal(rechecked.at(-1)?.outcome, "enforced");
  }));

test("an event is not older than what was seen under a clock that was ahead", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, countPuts, rechecked }) => {
    const id = await switchOneOff();
    world.vendor.change(id, { mfaEnabled: true });
    world.time.ahead = 400 * 86_400_000;
    await send(event(id));
    await handleQueue();
    world.time.ahead = 0;
    world.vendor.change(id, { mfaEnabled: false });
    await send(event(id, { at: new Date().toISOString() }));
    await handleQueue();
    assert.deepEqual([rechecked.map(({ did }) => did), countPuts()], [["looked", "changed"], 1]);
    const state = (await world.ledger.readStates(WORKFORCE, [id])).get(id);
    assert.equal(state?.judgement.verdict, "compliant");
    assert.ok(Date.parse(state.observedAt) <= Date.now());
  }));

test("events out of order end in the same state", () =>
  inWorld(async (world, { switchOneOff, event, recheck }) => {
    const id = await switchOneOff();
    const [first, second] = [event(id), event(id)];
    assert.deepEqual(await recheck([eventMessage(second)], signal), []);
    assert.deepEqual(await recheck([eventMessage(first)], signal), []);
    assert.equal((await world.ledger.readStates(WORKFORCE, [id])).get(id)?.judgement.verdict, "compliant");
  }));

test("a deleted account is recorded as departed", () =>
  inWorld(async (world, { send, event, handleQueue, rechecked }) => {
    await world.sweep("plan");
    const { id } = world.vendor.account(3);
    world.vendor.leave(id);
    await send(event(id));
    await handleQueue();
    assert.equal(rechecked.at(-1)?.did, "gone");
    assert.equal((await world.ledger.readStates(WORKFORCE, [id])).get(id)?.departed, "confirmed");
  }));

test("what fails inside a message is queued again alone, the others are done", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, rechecked, countPuts, delays }) => {
    const id = await switchOneOff();
    const other = world.vendor.account(8).id;
    world.vendor.setFault({ kind: "limited", retryAfter: 120, user: other, times: 2 });
    await send(event(id), event(other));
    assert.equal(await handleQueue(), 0);
    assert.equal(countPuts(), 1);
    assert.equal(rechecked.filter(({ did }) => did === "failed").length, 1);
    assert.deepEqual(delays, [120], "not before the vendor said");
    world.vendor.clearFaults();
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.subject, rechecked.at(-1)?.did], [other, "looked"]);
  }));

test("a throttled directory's message comes back after the time it asked for", () =>
  inWorld(async (world, { send, event, handleQueue, queue }) => {
    world.vendor.setFault({ kind: "limited", retryAfter: 60 });
    await send(event(world.vendor.account(8).id));
    assert.equal(await handleQueue(), 1);
    assert.deepEqual(await queue.receive(10, 0, signal), [], "not yet");
  }));

test("what fails waits longer each time: five tries outlast a vendor that is away for half an hour by far", () =>
  inWorld(async (world, { event, recheck, delays }) => {
    world.vendor.setFault({ kind: "error", status: 400 });
    const once = eventMessage(event(world.vendor.account(8).id));
    for (let receives = 1; receives <= 4; receives++)
      assert.deepEqual(await recheck([{ ...once, receives }], signal), [once.id]);
    assert.deepEqual(delays, [60, 300, 1_500, 7_500]);
    assert.ok(delays.slice(0, 3).reduce((sum, seconds) => sum + seconds, 0) > 1_800);
  }));

test("what failed for another reason comes back when the deployment says, however long the queue hides it", () =>
  inWorld(async (world, { send, event, queue, recheckSoon }) => {
    world.vendor.setFault({ kind: "error", status: 400 });
    await send(event(world.vendor.account(8).id));
    const messages = await queue.receive(10, 1, signal);
    assert.deepEqual(
      await recheckSoon(messages, signal),
      messages.map(({ id }) => id),
    );
    assert.equal((await queue.receive(10, 5, signal)).length, 1, "hidden for one second, not for thirty");
  }));

test("a message that nobody can read comes again, until SQS lays it aside", () =>
  inWorld(async (_, { recheck }) => {
    for (const body of ["", "not JSON", "{}", '{"directory":"workforce"}', '{"directory":"x","events":[{"id":1}]}'])
      assert.deepEqual(await recheck([{ ...receivedMessage(null, "m"), body }], signal), ["m"]);
  }));

test("a subject.changed from EventBridge is an event like any other", () =>
  inWorld(async (_, { switchOneOff, recheck, countPuts }) => {
    const detail = { directory: WORKFORCE, subject: await switchOneOff() };
    const message = receivedMessage({
      version: "0",
      id: "b-1",
      source: "hr",
      "detail-type": "subject.changed",
      time: new Date().toISOString(),
      detail,
    });
    assert.deepEqual(await recheck([message], signal), []);
    assert.equal(countPuts(), 1);
  }));

test("guards bind events as they bind sweeps", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, rechecked, countPuts }) => {
    const id = await switchOneOff();
    await world.ledger.setKillSwitch("all", "incident 7", { by: "tester", how: "test" });
    await send(event(id));
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.outcome, countPuts()], ["refused", 0]);
  }));

test("an account that is held is not changed by an event", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, rechecked, countPuts }) => {
    const id = await switchOneOff();
    const times = { at: new Date().toISOString(), until: new Date(Date.now() + 3_600_000).toISOString() };
    const by = { by: "tester", how: "test" };
    await world.ledger.holdSubject({ directory: WORKFORCE, id, username: "x", reason: "INC-9", by, ...times });
    await send(event(id));
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.outcome, countPuts()], ["refused", 0]);
    assert.match(rechecked.at(-1)?.why ?? "", /^it is held until .*: INC-9/);
  }));

const today = new Date().toISOString().slice(0, 10);

test("events change nothing while changes are frozen", () =>
  inWorld(async (_, { switchOneOff, send, event, handleQueue, rechecked, countPuts }) => {
    await send(event(await switchOneOff()));
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.outcome, countPuts()], ["refused", 0]);
    assert.match(rechecked.at(-1)?.why ?? "", /^changes are frozen until .*: Year end$/);
  }, `${EVERYONE}\nfreeze: [{ from: ${today}, until: ${today}, reason: Year end }]`));

test("no event changes an account whose person was not told in time", () =>
  inWorld(
    async (_, { switchOneOff, send, event, handleQueue, rechecked, countPuts }) => {
      await send(event(await switchOneOff()));
      await handleQueue();
      const { outcome, why } = rechecked.at(-1) ?? {};
      assert.deepEqual([outcome, why, countPuts()], ["refused", "nobody has told this person yet", 0]);
    },
    `${EVERYONE.replace("require: enabled", "require: enabled\n    notify: { before: 7d }")}\nnotices: { by: folder }`,
  ));

test("no event changes a break-glass account", () =>
  inWorld(async (world) => {
    const { id, username } = world.vendor.account(5);
    const second = world.vendor.account(6);
    const listed = [id, second.id].map((each, index) => ({
      id: `${WORKFORCE}/${each}`,
      username: index === 0 ? username : second.username,
    }));
    const tools = toolsOf(world, `${EVERYONE}\nbreakGlass: ${JSON.stringify(listed)}`);
    await tools.send(tools.event(await tools.switchOneOff()));
    await tools.handleQueue();
    assert.deepEqual([tools.rechecked.at(-1)?.did, tools.countPuts()], ["looked", 0]);
    assert.equal((await world.ledger.readStates(WORKFORCE, [id], true)).get(id)?.judgement.verdict, "violating");
  }));

test("the budget is shared with sweeps", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, rechecked, countPuts }) => {
    const id = await switchOneOff();
    await world.ledger.reserveBudget("all", 1, 1);
    await send(event(id));
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.outcome, countPuts()], ["refused", 0]);
  }, "rules: [{ name: everyone, match: all, require: enabled }]\nlimits: { changesPerDay: 1 }"));

test("somebody without a device is named and left alone", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, rechecked, countPuts }) => {
    const id = await switchOneOff();
    world.vendor.change(id, { devices: [] });
    await send(event(id));
    await handleQueue();
    assert.deepEqual([rechecked.at(-1)?.outcome, countPuts()], ["needs-user", 0]);
  }));

test("a sweep and an event at one account: one change, one record, whoever comes first", () =>
  inWorld(async (world, { switchOneOff, send, event, handleQueue, countPuts }) => {
    const id = await switchOneOff();
    await send(event(id));
    const [swept] = await Promise.all([world.sweep("enforce"), handleQueue()]);
    assert.equal(countPuts(), 1);
    const { state, events } = await world.ledger.readHistory(WORKFORCE, id);
    assert.equal(state?.claim, undefined);
    assert.deepEqual(events.filter(({ outcome }) => outcome === "enforced").length, 1);
    assert.equal(swept.only.changes.refused + swept.only.changes.failed, 0);
  }));
