/** The run of an approved plan is started by Lambda, which may refuse, fail, or never answer: the plan waits again only if no run can have begun. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, test } from "node:test";
import { answerDecision } from "../../lib/approval/index.ts";
import { runStarter } from "../../lib/aws/run-starter.ts";
import type { PlanRecord } from "../../lib/model/index.ts";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { inKnownWorld } from "../sweep/known-world.ts";
import type { World } from "../world.ts";

const JANE = "arn:aws:sts::123456789012:assumed-role/Lead/jane";
const YAML = `
rules: [{ name: everyone, match: all, require: enabled }]
limits: { changesPerRun: { count: 2, percent: 100 }, changesPerDay: 1000 }
approval: { approvers: ["${JANE}"], self: true }
`;
const OFF = [1, 3, 5, 7, 9];
const RUN_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:run:1";

/** What Lambda does with one request: answers so, or not at all. */
interface LambdaAnswer {
  readonly status: number;
  readonly error?: string;
}

const TAKEN: LambdaAnswer = { status: 202 };
const THROTTLED: LambdaAnswer = { status: 429, error: "TooManyRequestsException" };
const DENIED: LambdaAnswer = { status: 403, error: "AccessDeniedException" };
const BROKEN: LambdaAnswer = { status: 500, error: "ServiceException" };
const STARTED_BEFORE: LambdaAnswer = { status: 409, error: "DurableExecutionAlreadyStartedException" };

/** The requests, by the name of the execution. */
let asked: string[];
/** In their order; the last one again and again. `undefined`: no answer. */
let answers: (LambdaAnswer | undefined)[];

const nameIn = ({ headers }: IncomingMessage) => String(headers["x-amz-durable-execution-name"]);

const server = createServer((request, response) => {
  asked.push(nameIn(request));
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  request.resume();
  if (!answer) return;
  const headers = answer.error === undefined ? {} : { "x-amzn-errortype": answer.error };
  response.writeHead(answer.status, { "content-type": "application/json", ...headers }).end("{}");
});

beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Jane approves a plan over its limit, where Lambda answers so. */
async function approveWhere(world: World, given: typeof answers) {
  answers = given;
  const { run } = await world.sweep("enforce", YAML);
  const { port } = server.address() as AddressInfo;
  const start = runStarter({ ...LOCAL_AWS, endpoint: `http://127.0.0.1:${port}` }, RUN_FUNCTION, 100);
  const ports = {
    ...world.ports(YAML),
    start: ({ plans }: { readonly plans: object }, signal: AbortSignal) => start("apply-1", plans, signal),
  };
  const [plan] = await world.ledger.readPlans(run);
  const body = JSON.stringify({ action: "approve", run, hash: plan?.hash });
  const answer = await answerDecision(ports, JANE, body, AbortSignal.timeout(20_000));
  const [after] = await world.ledger.readPlans(run);
  return { ...answer, plan: after as PlanRecord };
}

const inWorld = (body: (world: World) => Promise<void>) => inKnownWorld(body, { off: OFF });

describe("an approval whose run Lambda", () => {
  for (const [what, given] of [
    ["starts", [TAKEN]],
    ["has started, whose answer was lost", [undefined, STARTED_BEFORE]],
    ["starts when it is asked again, after no answer", [undefined, TAKEN]],
    ["starts when it is asked again, after an error", [BROKEN, TAKEN]],
    ["starts when it is asked again, after a throttle", [THROTTLED, TAKEN]],
  ] as const)
    test(`${what}, stands; of all requests with one name one run begins`, () =>
      inWorld(async (world) => {
        const { status, plan } = await approveWhere(world, [...given]);
        assert.deepEqual([status, plan.status, plan.decision?.by], [200, "approved", JANE]);
        assert.deepEqual(new Set(asked), new Set(["apply-1"]));
        assert.equal(asked.length, given.length);
      }));

  for (const [what, given, requests] of [
    ["refuses", [DENIED], 1],
    ["throttles each time", [THROTTLED], 3],
  ] as const)
    test(`${what} is taken back: the plan waits again`, () =>
      inWorld(async (world) => {
        const { status, code, plan } = await approveWhere(world, [...given]);
        assert.deepEqual([status, code, plan.status], [502, "ERR_RUN_NOT_STARTED", "waiting"]);
        assert.equal(asked.length, requests);
      }));

  for (const [what, given] of [
    ["never answers", [undefined]],
    ["fails each time", [BROKEN]],
    ["does not answer, and then refuses", [undefined, DENIED]],
    ["fails, and then throttles", [BROKEN, THROTTLED]],
  ] as const)
    test(`${what} may run: the plan stays approved, and the answer says so`, () =>
      inWorld(async (world) => {
        const { status, code, body, plan } = await approveWhere(world, [...given]);
        assert.deepEqual([status, code, plan.status], [504, "ERR_RUN_UNCONFIRMED", "approved"]);
        assert.match(JSON.stringify(body), /is not known .*stays approved.*`status`.*sweep again/);
      }));
});
