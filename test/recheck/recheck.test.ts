/** What an event may change, and what it may not: over the real SQS protocol and the simulator's real HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sqsQueue } from "../../lib/aws/queue.ts";
import type { SubjectEvent } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { Rechecked } from "../../lib/recheck/ports.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const signal = AbortSignal.timeout(60_000);
const device = [{ type: "TOTP", status: "ACTIVE" }];
let made = 0;

/** A world in which everybody is on, and what it takes to put events on a queue and work it off. */
async function inWorld(
  body: (world: World, tools: ReturnType<typeof toolsOf>) => Promise<void>,
  yaml = EVERYONE,
): Promise<void> {
  const world = await startWorld({ accounts: 20, mfaEnabledShare: 1 });
  try {
    for (let i = 0; i < 20; i++) world.vendor.change(world.vendor.account(i).id, { enabled: true, devices: device });
    await body(world, toolsOf(world, yaml));
  } finally {
    await world.close();
  }
}

function toolsOf(world: World, yaml: string) {
  const aws = {
    endpoint: world.endpoints.s3,
    region: "us-east-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
  };
  const address = (name: string) => `${world.endpoints.s3}/000000000000/${name}`;
  const queue = sqsQueue(aws, { url: address("events"), deadUrl: address("events-dead") });
  const told: Rechecked[] = [];
  const { evidence: _, ...ports } = world.ports(yaml);
  const recheck = messageRechecker({ ...ports, queue, onProgress: (news) => told.push(news) });
  const soon = messageRechecker({ ...ports, queue, retryMs: 1_000, onProgress: () => {} });
  const event = (subject: string, more: Partial<SubjectEvent> = {}): SubjectEvent => ({
    id: `e-${++made}`,
    directory: "workforce",
    subject,
    ...more,
  });
  const send = (...events: SubjectEvent[]) => queue.send([{ directory: "workforce", events }], signal);
  /** Receives once and handles it as Lambda would: what is not to come again is done. */
  async function work(): Promise<number> {
    const messages = await queue.receive(10, 1, signal);
    const again = await recheck(messages, signal);
    for (const { id, receipt } of messages) if (!again.includes(id)) await queue.acknowledge(receipt, signal);
    return again.length;
  }
  const off = async () => {
    await world.ledger.setDeployedPolicy(ports.policyHash);
    const { id } = world.vendor.account(5);
    world.vendor.change(id, { mfaEnabled: false });
    return id;
  };
  const puts = () => world.vendor.calls.filter(({ method }) => method === "PUT").length;
  return { queue, told, event, send, work, off, puts, recheck, soon };
}

test("an account that was switched off is on again, verified and on record", () =>
  inWorld(async (world, { off, send, event, work, told, puts }) => {
    const id = await off();
    await send(event(id));
    assert.equal(await work(), 0);
    assert.deepEqual([told[0]?.did, told[0]?.outcome, puts()], ["changed", "enforced", 1]);
    const { state, events } = await world.ledger.readHistory("workforce", id);
    assert.equal(state?.judgement.verdict, "compliant");
    assert.equal(state?.claim, undefined);
    assert.deepEqual(
      events.map(({ kind, outcome }) => outcome ?? kind),
      ["verdict", "enforced"],
    );
    assert.equal(await world.ledger.countSpentBudget("all"), 1);
  }));

test("many events for one subject become one look", () =>
  inWorld(async (world, { off, send, event, work, puts }) => {
    const id = await off();
    await send(...Array.from({ length: 50 }, () => event(id)));
    await send(...Array.from({ length: 50 }, () => event(id)));
    await work();
    assert.equal(puts(), 1);
    const looks = world.vendor.calls.filter(({ route, user }) => route === "user" && user === id);
    assert.ok(looks.length <= 3, "one for the look, two around the change");
  }));

test("an event that comes twice, or is forged, costs at most a read and changes nothing", () =>
  inWorld(async (world, { off, send, event, work, puts, told }) => {
    const id = await off();
    const twice = event(id);
    await send(twice);
    await work();
    world.vendor.change(id, { mfaEnabled: false });
    const before = world.vendor.calls.length;
    await send(twice);
    await work();
    assert.deepEqual([told.at(-1)?.did, world.vendor.calls.length, puts()], ["seen", before, 1]);
    await send(event(world.vendor.account(7).id));
    await work();
    assert.deepEqual([told.at(-1)?.did, puts()], ["looked", 1]);
  }));

test("an event older than what the ledger knows changes nothing", () =>
  inWorld(async (_, { off, send, event, work, puts, told }) => {
    const id = await off();
    await send(event(id));
    await work();
    await send(event(id, { at: "2020-01-01T00:00:00.000Z" }));
    await work();
    assert.deepEqual([told.at(-1)?.did, puts()], ["older", 1]);
  }));

test("events out of order end in the same state", () =>
  inWorld(async (world, { off, event, recheck }) => {
    const id = await off();
    const [first, second] = [event(id), event(id)];
    const message = (one: SubjectEvent) => ({
      id: one.id,
      receipt: "",
      receives: 1,
      body: JSON.stringify({ directory: "workforce", events: [one] }),
    });
    assert.deepEqual(await recheck([message(second)], signal), []);
    assert.deepEqual(await recheck([message(first)], signal), []);
    assert.equal((await world.ledger.readStates("workforce", [id])).get(id)?.judgement.verdict, "compliant");
  }));

test("a deleted account is recorded as departed", () =>
  inWorld(async (world, { send, event, work, told }) => {
    await world.sweep("plan");
    const { id } = world.vendor.account(3);
    world.vendor.leave(id);
    await send(event(id));
    await work();
    assert.equal(told.at(-1)?.did, "gone");
    assert.equal((await world.ledger.readStates("workforce", [id])).get(id)?.departed, "confirmed");
  }));

test("what fails inside a message is queued again alone, the others are done", () =>
  inWorld(async (world, { off, send, event, work, told, puts }) => {
    const id = await off();
    const other = world.vendor.account(8).id;
    world.vendor.setFault({ kind: "limited", retryAfter: 60, user: other, times: 2 });
    await send(event(id), event(other));
    assert.equal(await work(), 0);
    assert.equal(puts(), 1);
    assert.equal(told.filter(({ did }) => did === "failed").length, 1);
    world.vendor.clearFaults();
    await work();
    assert.deepEqual([told.at(-1)?.subject, told.at(-1)?.did], [other, "looked"]);
  }));

test("a throttled directory's message comes back after the time it asked for", () =>
  inWorld(async (world, { send, event, work, queue }) => {
    world.vendor.setFault({ kind: "limited", retryAfter: 60 });
    await send(event(world.vendor.account(8).id));
    assert.equal(await work(), 1);
    assert.deepEqual(await queue.receive(10, 0, signal), [], "not yet");
  }));

test("what failed for another reason comes back when the deployment says, however long the queue hides it", () =>
  inWorld(async (world, { send, event, queue, soon }) => {
    world.vendor.setFault({ kind: "error", status: 400 });
    await send(event(world.vendor.account(8).id));
    const messages = await queue.receive(10, 1, signal);
    assert.deepEqual(
      await soon(messages, signal),
      messages.map(({ id }) => id),
    );
    assert.equal((await queue.receive(10, 5, signal)).length, 1, "hidden for one second, not for thirty");
  }));

test("a message that nobody can read comes again, until SQS lays it aside", () =>
  inWorld(async (_, { recheck }) => {
    for (const body of ["", "not JSON", "{}", '{"directory":"workforce"}', '{"directory":"x","events":[{"id":1}]}'])
      assert.deepEqual(await recheck([{ id: "m", receipt: "r", receives: 1, body }], signal), ["m"]);
  }));

test("a subject.changed from EventBridge is an event like any other", () =>
  inWorld(async (_, { off, recheck, puts }) => {
    const detail = { directory: "workforce", subject: await off() };
    const body = JSON.stringify({
      version: "0",
      id: "b-1",
      source: "hr",
      "detail-type": "subject.changed",
      time: new Date().toISOString(),
      detail,
    });
    assert.deepEqual(await recheck([{ id: "m", receipt: "r", receives: 1, body }], signal), []);
    assert.equal(puts(), 1);
  }));

test("guards bind events as they bind sweeps", () =>
  inWorld(async (world, { off, send, event, work, told, puts }) => {
    const id = await off();
    await world.ledger.setKillSwitch("all", "incident 7", { by: "tester", how: "test" });
    await send(event(id));
    await work();
    assert.deepEqual([told.at(-1)?.outcome, puts()], ["refused", 0]);
  }));

test("the budget is shared with sweeps", () =>
  inWorld(async (world, { off, send, event, work, told, puts }) => {
    const id = await off();
    await world.ledger.reserveBudget("all", 1, 1);
    await send(event(id));
    await work();
    assert.deepEqual([told.at(-1)?.outcome, puts()], ["refused", 0]);
  }, "rules: [{ name: everyone, match: all, require: enabled }]\nlimits: { changesPerDay: 1 }"));

test("somebody without a device is named and left alone", () =>
  inWorld(async (world, { off, send, event, work, told, puts }) => {
    const id = await off();
    world.vendor.change(id, { devices: [] });
    await send(event(id));
    await work();
    assert.deepEqual([told.at(-1)?.outcome, puts()], ["needs-user", 0]);
  }));

test("a sweep and an event at one account: one change, one record, whoever comes first", () =>
  inWorld(async (world, { off, send, event, work, puts }) => {
    const id = await off();
    await send(event(id));
    const [swept] = await Promise.all([world.sweep("enforce"), work()]);
    assert.equal(puts(), 1);
    const { state, events } = await world.ledger.readHistory("workforce", id);
    assert.equal(state?.claim, undefined);
    assert.deepEqual(events.filter(({ outcome }) => outcome === "enforced").length, 1);
    assert.equal(swept.only.changes.refused + swept.only.changes.failed, 0);
  }));
