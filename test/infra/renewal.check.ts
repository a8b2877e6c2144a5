/** Webhooks that end by themselves are renewed by a message to those who have the secrets, and nobody else gets a right for it. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { NO_QUEUE, receivedMessage, signal } from "../recheck/events.ts";
import { startWorld } from "../world.ts";
import type { Graph } from "./cloud.ts";
import { all, evaluate, json, wordsFor } from "./graph.ts";
import { POLICY } from "./policies.ts";

const OFFICE = `  - id: office
    vendor: entra
    tenant: 9d2f6a01-3b4c-4d5e-8f60-718293a4b5c6
`;
let graph: Graph;
before(async () => {
  graph = await evaluate("production", POLICY.replace("rules:", `${OFFICE}rules:`));
});

const targets = () => all(graph, "cloudwatch/eventTarget:EventTarget").filter(({ name }) => name.startsWith("Renew"));

test("twice a day, for each directory of a vendor whose webhooks end, and for no other", () => {
  const words = wordsFor(graph);
  const rules = all(graph, "cloudwatch/eventRule:EventRule").filter(({ name }) => name.startsWith("Renew"));
  assert.deepEqual(
    rules.map(({ inputs }) => [inputs.name, inputs.scheduleExpression]),
    [["mfa-warden-production-renew-webhook-1", "rate(12 hours)"]],
  );
  assert.deepEqual(
    targets().map(({ inputs }) => [words(String(inputs.arn)), json(inputs, "input")]),
    [["EventsQueue", { directory: "office", events: [], renew: true }]],
  );
});

test("by a message that those who handle events understand", async (context) => {
  const world = await startWorld({ accounts: 10 });
  context.after(() => world.close());
  const { evidence: _, ...ports } = world.ports();
  let renewed = 0;
  const hooks = {
    plan: () => Promise.reject(new Error("nobody asked")),
    apply: () => Promise.reject(new Error("nobody asked")),
    renew: async () => {
      renewed += 1;
    },
  };
  const open: typeof ports.open = async (_id, until) => ({ ...(await ports.open("workforce", until)), hooks });
  const recheck = messageRechecker({ ...ports, open, queue: NO_QUEUE, onProgress: () => {} });
  const [target] = targets();
  assert.deepEqual(await recheck([receivedMessage(json(target?.inputs ?? {}, "input"))], signal), []);
  assert.equal(renewed, 1);
});
