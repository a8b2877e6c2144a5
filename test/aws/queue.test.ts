/** What may be relied on of the event queue: all or an error, nothing changed on the way, and no secret in what it says. */
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, type TestContext, test } from "node:test";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { WardenError } from "../../lib/errors.ts";
import type { QueueMessage } from "../../lib/model/index.ts";
import { startServer } from "../loopback.ts";
import { drain, type QueueServer, signal, startQueue } from "../recheck/events.ts";
import { LOCAL_AWS } from "./loopback.ts";

const event = (id: string) => ({
  id,
  directory: "workforce",
  subject: `subject of ${id}`,
  at: "2026-01-02T03:04:05.000Z",
});
const message = (...ids: string[]): QueueMessage => ({ directory: "workforce", events: ids.map(event) });
const bodies = (messages: readonly QueueMessage[]) => messages.map((one) => JSON.stringify(one)).toSorted();

interface Batch {
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[];
}

/** An SQS that refuses single messages of a batch, as long as `refuses` says. */
async function startPicky(t: TestContext, refuses: (body: string, call: number) => boolean) {
  const calls: string[][] = [];
  const endpoint = await startServer(t, async (request, response) => {
    const { Entries }: Batch = JSON.parse(await text(request));
    const call = calls.push(Entries.map(({ MessageBody }) => MessageBody));
    const Failed = Entries.filter(({ MessageBody }) => refuses(MessageBody, call)).map(({ Id }) => ({
      Id,
      SenderFault: false,
      Code: "InternalError",
    }));
    const taken = Entries.filter(({ Id }) => !Failed.some((failed) => failed.Id === Id));
    const Successful = taken.map(({ Id }) => ({ Id, MessageId: Id }));
    response.setHeader("content-type", "application/x-amz-json-1.0");
    response.end(JSON.stringify({ Successful, Failed }));
  });
  const queue = sqsQueue(
    { ...LOCAL_AWS, endpoint, md5: false },
    { url: `${endpoint}/0/q`, deadUrl: `${endpoint}/0/dead` },
  );
  return { queue, calls };
}

describe("the event queue", () => {
  let events: QueueServer;
  before(async () => {
    events = await startQueue();
  });
  beforeEach(async () => {
    await drain(events.queue);
    await drain(events.queue.deadLetters);
  });
  after(() => events.close());

  test("gives what was sent: ten messages of fifty events in one call", async () => {
    const sent = Array.from({ length: 10 }, (_, m) =>
      message(...Array.from({ length: 50 }, (_, e) => `event-${m}-${e}`)),
    );
    await events.queue.send(sent, signal);
    const received = await drain(events.queue);
    assert.deepEqual(received.map(({ body }) => body).toSorted(), bodies(sent));
    assert.equal(new Set(received.map(({ id }) => id)).size, 10);
    assert.ok(received.every(({ receives }) => receives === 1));
    assert.deepEqual(await events.queue.receive(10, 0, signal), []);
  });

  test("takes whatever characters an id has, also those that SQS does not", async () => {
    const strange = ["\uFFFE", "\uFFFF", "\uD800", "\0", "\u2028", "é👩\n", '"\\'];
    await events.queue.send([message(...strange)], signal);
    const [received] = await drain(events.queue);
    const { events: got } = JSON.parse(received?.body ?? "");
    assert.deepEqual(got, strange.map(event));
  });

  test("takes no more than one call can hold, and sends nothing then", async () => {
    const tooMany = Array.from({ length: 51 }, (_, i) => `${i}`);
    await assert.rejects(events.queue.send([message(...tooMany)], signal), RangeError);
    await assert.rejects(
      events.queue.send(
        Array.from({ length: 11 }, () => message("a")),
        signal,
      ),
      RangeError,
    );
    await events.queue.send([], signal);
    assert.deepEqual(await drain(events.queue), []);
  });

  test("gives a message again when it was put off, and counts how often", async () => {
    await events.queue.send([message("a")], signal);
    const [first] = await events.queue.receive(1, 0, signal);
    assert.ok(first);
    assert.deepEqual(await events.queue.receive(1, 0, signal), []);
    await events.queue.delay(first.receipt, 0, signal);
    const [second] = await events.queue.receive(1, 5, signal);
    assert.deepEqual([second?.id, second?.body, second?.receives], [first.id, first.body, 2]);
  });

  test("holds a message back for as long as it is told, and no longer", async () => {
    await events.queue.send([message("held")], signal, 2);
    assert.deepEqual(await events.queue.receive(1, 0, signal), []);
    assert.equal((await events.queue.receive(1, 10, signal)).length, 1);
  });

  test("waits for a message that is still to come", async () => {
    const waiting = events.queue.receive(1, 10, signal);
    await events.queue.send([message("late")], signal);
    const [received] = await waiting;
    assert.equal(received?.body, JSON.stringify(message("late")));
  });

  test("keeps letters beside the events, not among them", async () => {
    const letter = { directory: "workforce", why: "not JSON", ids: ["a"], count: 2 };
    await events.queue.sendToDeadLetter(letter, signal);
    assert.deepEqual(await drain(events.queue), []);
    assert.deepEqual(
      (await drain(events.queue.deadLetters)).map(({ body }) => JSON.parse(body)),
      [letter],
    );
  });

  test("sends again only what SQS did not take of a call", async (t) => {
    const four = ["a", "b", "c", "d"].map((id) => message(id));
    const { queue, calls } = await startPicky(t, (body, call) => call === 1 && /"[bd]"/.test(body));
    await queue.send(four, signal);
    assert.deepEqual(
      calls.map((call) => call.toSorted()),
      [bodies(four), bodies(["b", "d"].map((id) => message(id)))],
    );
  });

  test("says so when a message is not taken at all, and does not try for ever", async (t) => {
    const { queue, calls } = await startPicky(t, (body) => body.includes('"b"'));
    await assert.rejects(queue.send([message("a"), message("b")], signal), {
      code: "ERR_QUEUE_UNAVAILABLE",
      message: /InternalError/,
    });
    await assert.rejects(queue.sendToDeadLetter({ directory: "workforce", why: "w", ids: ["b"], count: 1 }, signal), {
      code: "ERR_QUEUE_UNAVAILABLE",
    });
    assert.ok(calls.length <= 6);
  });

  test("tells what is wrong with it without what was sent", async () => {
    const { url } = events.addresses;
    const closed = "http://127.0.0.1:9";
    const sqs = events.config;
    const down = sqsQueue({ ...sqs, endpoint: closed, maxAttempts: 1 }, { url, deadUrl: url });
    const absent = sqsQueue(sqs, { url: `${url}x`, deadUrl: `${url}x` });
    for (const queue of [down, absent])
      for (const call of [
        () => queue.send([message("hunter2")], signal),
        () => queue.sendToDeadLetter({ directory: "workforce", why: "hunter2", ids: [], count: 1 }, signal),
        () => queue.receive(1, 0, signal),
        () => queue.acknowledge("hunter2", signal),
        () => queue.delay("hunter2", 1, signal),
        () => queue.deadLetters.receive(1, 0, signal),
        () => queue.deadLetters.acknowledge("hunter2", signal),
      ])
        await assert.rejects(call, (error: unknown) => {
          assert.ok(error instanceof WardenError);
          assert.equal(error.code, "ERR_QUEUE_UNAVAILABLE");
          assert.ok(!error.message.includes("hunter2") && !error.message.includes("http"));
          return true;
        });
  });

  test("stops waiting when asked to", async () => {
    const waiting = events.queue.receive(1, 20, AbortSignal.timeout(100));
    await assert.rejects(waiting, { code: "ERR_QUEUE_UNAVAILABLE" });
    await assert.rejects(events.queue.send([message("a")], AbortSignal.abort()), { code: "ERR_QUEUE_UNAVAILABLE" });
  });
});
