/** The message that a run is over: over EventBridge's real protocol, and never at the run's cost. */
import assert from "node:assert/strict";
import { json } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import * as v from "valibot";
import { runHandler, sweepHandler } from "../../functions/workflows.ts";
import { eventBus } from "../../lib/aws/event-bus.ts";
import type { AnnounceRun, RunCompleted } from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { startServer } from "../loopback.ts";
import { stopEngine } from "../shared-engine.ts";
import { startWorld, type World } from "../world.ts";
import { LOCAL_AWS } from "./loopback.ts";

const signal = AbortSignal.timeout(30_000);
const MESSAGE: RunCompleted = {
  run: "01J",
  mode: "enforce",
  status: "completed",
  heads: [{ directory: "workforce", hash: "ab" }],
};
const putSchema = v.object({
  Entries: v.array(
    v.object({ EventBusName: v.string(), Source: v.string(), DetailType: v.string(), Detail: v.string() }),
  ),
});

/** AWS's JSON protocol 1.1. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
async function startBus(context: TestContext, answer: (body: unknown) => { status: number; body: object }) {
  const endpoint = await startServer(context, async (request, response) => {
    const { status, body } = answer(await json(request));
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  });
  return eventBus({ ...LOCAL_AWS, endpoint, maxAttempts: 1 }, "warden-bus");
}

test("it goes onto the bus as run.completed, with the heads", async (context) => {
  const taken: v.InferOutput<typeof putSchema>[] = [];
  const announce = await startBus(context, (body) => {
    taken.push(v.parse(putSchema, body));
    return { status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: "1" }] } };
  });
  await announce(MESSAGE, signal);
  const [entry] = taken[0]?.Entries ?? [];
  assert.deepEqual(
    [entry?.EventBusName, entry?.Source, entry?.DetailType],
    ["warden-bus", "mfa-warden", "run.completed"],
  );
  assert.deepEqual(JSON.parse(entry?.Detail ?? ""), MESSAGE);
});

test("an entry that was not taken is an error although the call succeeded, and so is a refusal", async (context) => {
  const lost = await startBus(context, () => ({
    status: 200,
    body: { FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "secret" }] },
  }));
  await assert.rejects(lost(MESSAGE, signal), { code: "ERR_BUS_UNAVAILABLE", message: /InternalFailure/ });
  const refused = await startBus(context, () => ({ status: 400, body: { __type: "AccessDeniedException" } }));
  await assert.rejects(refused(MESSAGE, signal), { code: "ERR_BUS_UNAVAILABLE", message: /AccessDenied/ });
});

/** As the deployed function does. */
async function runWith(world: World, announce: AnnounceRun): Promise<RunReport> {
  await stopEngine();
  await LocalDurableTestRunner.setupTestEnvironment();
  try {
    const ports = world.ports();
    const runner = new LocalDurableTestRunner<RunReport>({
      handlerFunction: runHandler({ ...ports, announce }, "sweep"),
    });
    runner.registerDurableFunction("sweep", sweepHandler(ports));
    const execution = await runner.run({ payload: { mode: "plan", origin: { by: "tester", how: "bus.test.ts" } } });
    const report = execution.getResult();
    assert.ok(report);
    return report;
  } finally {
    await LocalDurableTestRunner.teardownTestEnvironment();
  }
}

test("a run that is over says so, with the hash of each directory's manifest", async (context) => {
  const world = await startWorld({ accounts: 5 });
  context.after(() => world.close());
  const heard: RunCompleted[] = [];
  const report = await runWith(world, async (message) => void heard.push(message));
  const heads = report.directories.map(({ id, manifest }) => ({ directory: id, hash: manifest }));
  assert.match(heads[0]?.hash ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(heard, [{ run: report.run, mode: "plan", status: "completed", heads }]);
});

test("a bus that is down does not fail the run", async (context) => {
  const world = await startWorld({ accounts: 5 });
  context.after(() => world.close());
  const report = await runWith(world, () => Promise.reject(new Error("down")));
  assert.equal(report.status, "completed");
  assert.equal((await world.ledger.readRun(report.run))?.run.status, "completed");
});
