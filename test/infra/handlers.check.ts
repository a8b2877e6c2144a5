/** Each handler as it is zipped for Lambda: its size, and what it does with its own environment and nobody else's role. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as v from "valibot";
import { startKeycloak } from "../../simulators/keycloak/index.ts";
import { keycloakDirectory } from "../directories/keycloak/fixture.ts";
import { changeByEvent } from "../evidence/folder.ts";
import { type Chat, startSlack } from "../notice/chats.ts";
import { allows } from "./access.ts";
import { builtOf, type Deployment, deployLocally } from "./deployment.ts";
import { all, functionOf, functionsOf, grantsOf, partOf, roleOf, wordsFor } from "./graph.ts";
import { pollEvents } from "./poller.ts";

/** Bytes, minified. The sweep's is a figure of the project; a handler that has grown past another should be looked at. */
const MOST: Record<string, number> = {
  sweep: 1_250_000,
  run: 1_250_000,
  report: 1_250_000,
  seal: 1_000_000,
  recheck: 1_000_000,
  webhook: 750_000,
  watch: 500_000,
  alert: 500_000,
  approve: 750_000,
};

const LEADS = "arn:aws:sts::123456789012:assumed-role/IdentityLead";
let deployment: Deployment;
let chat: Chat;

before(async () => {
  chat = await startSlack();
  const deploy = `${TEAM}approval: { approvers: ["${LEADS}/*"] }\ndeploy:\n  schedules: [{ cron: "0 3 * * ? *" }]\n  chatWebhook: chat\n`;
  deployment = await deployLocally("dev-call", deploy);
  const { cloud } = deployment;
  await cloud.putSecret("mfa-warden/dev-call/workforce", cloud.world.vendor.credentials);
  await cloud.putSecret("mfa-warden/dev-call/workforce/hooks", { hooks: [HOOK] });
  await cloud.putSecret("mfa-warden/dev-call/iam", { url: chat.url });
  await cloud.putSecret("mfa-warden/dev-call/chat", { url: "https://127.0.0.1:9/nobody-listens-here" });
});
after(() => Promise.all([deployment.close(), chat.close()]));

/** Who is told, and of whom. */
const TEAM = `administrators: [{ usernames: "*12@example.com" }]
notify:
  receivers: { iam: { by: slack } }
  plan: { to: [iam] }
  administrators: { to: [iam] }
  flapping: { to: [iam] }
`;

const HOOK = "Bearer 0123456789abcdef";

const UPDATE = {
  ...{ id: "event-1", recordedAt: "2026-01-02T03:04:05.000Z", action: { type: "USER.UPDATED" } },
  resources: [{ type: "USER", id: "11111111-2222-4333-8444-555555555555" }],
};

test("each handler is small enough; here are their sizes", (t) => {
  const { graph } = deployment;
  const sizes = functionsOf(graph).map((one) => [partOf(one), builtOf(graph, one).bytes] as const);
  for (const [part, bytes] of sizes.toSorted(([, a], [, b]) => b - a)) {
    t.diagnostic(`${part}: ${(bytes / 1e6).toFixed(2)} MB of ${((MOST[part] ?? 0) / 1e6).toFixed(2)} MB`);
    assert.ok(bytes <= (MOST[part] ?? 0), `${part} has ${bytes} bytes`);
  }
  assert.deepEqual(sizes.map(([part]) => part).toSorted(), Object.keys(MOST).toSorted());
});

const completed = v.looseObject({
  run: v.string(),
  status: v.literal("completed"),
  directories: v.array(
    v.looseObject({ departed: v.optional(v.number()), problems: v.array(v.object({ code: v.string() })) }),
  ),
});
const announced = v.object({
  EventBusName: v.string(),
  DetailType: v.string(),
  Detail: v.pipe(v.string(), v.parseJson()),
});

const notLedger = (actions: readonly string[] = []) => actions.filter((action) => !action.startsWith("dynamodb:"));

/** Starts a run as its schedule does. Answers its report, and the message that it is over as the bus passes it on. */
async function run() {
  const { cloud, graph, invoke } = deployment;
  const [schedule] = all(graph, "scheduler/schedule:Schedule").filter(({ name }) => name === "Schedule1Schedule");
  const { input } = v.parse(v.looseObject({ input: v.pipe(v.string(), v.parseJson()) }), schedule?.inputs.target);
  // As Scheduler fills it in, to the second in truth.
  const started = JSON.stringify(input).replace("<aws.scheduler.scheduled-time>", new Date().toISOString());
  const { answer, asked, log } = await invoke("run", JSON.parse(started));
  const report = v.safeParse(completed, answer);
  assert.ok(report.success, `${JSON.stringify(answer)}\n${log}`);
  assert.deepEqual(notLedger(asked.run), ["events:PutEvents"]);
  const { EventBusName, DetailType, Detail } = v.parse(announced, (await cloud.said()).at(-1));
  assert.deepEqual(
    [EventBusName, DetailType],
    [all(graph, "cloudwatch/eventBus:EventBus")[0]?.inputs.name, "run.completed"],
  );
  return { report: report.output, asked, message: { "detail-type": DetailType, detail: Detail } };
}

/** A run that died an hour ago, between claiming an account and changing it; and one that died while it waited. */
async function leaveDeadRuns(): Promise<readonly string[]> {
  const { ledger, ports, time } = deployment.world;
  const { vendor } = deployment.cloud.world;
  const dead = ["01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB"] as const;
  const [holder] = dead;
  const { id } = vendor.account(7);
  const state = (await ledger.readStates("workforce", [id], true)).get(id);
  assert.ok(state);
  time.ahead = -3_600_000;
  const { policyHash } = ports();
  const at = new Date(Date.now() + time.ahead).toISOString();
  const opened = { status: "running", code: "test", startedAt: at, directories: ["workforce"] } as const;
  const ordered = { mode: "enforce", origin: { by: "tester", how: "test" }, policy: policyHash } as const;
  for (const one of dead) await ledger.openRun({ run: one, ...opened, ...ordered });
  const held = await ledger.acquireLease("workforce", holder);
  assert.ok("lease" in held);
  const change = { run: holder, directory: "workforce", id, username: state.username, before: state.facts };
  await ledger.planChanges([{ ...change, rule: "everyone", requirement: "enabled", author: "a", step: 0 }]);
  await ledger.claimSubject("workforce", id, { by: holder, token: held.lease.token, before: state.facts, at });
  time.ahead = 0;
  return dead;
}

describe("called with its own environment and its own role", () => {
  let message: object;

  test("a run, as its schedule starts it, sweeps, enforces, signs, and says that it is over", async () => {
    const first = await run();
    assert.deepEqual(notLedger(first.asked.sweep), [
      ...["kms:GetPublicKey", "kms:Sign", "s3:GetObject", "s3:PutObject"],
      "secretsmanager:GetSecretValue",
    ]);
    // The policy of these checks lists no break-glass accounts, and nothing else is wrong.
    assert.deepEqual(first.report.directories[0]?.problems, [{ code: "ERR_BREAK_GLASS" }]);
    message = first.message;
  });

  test("the report of that run is written, said to be, and opened by its link", async () => {
    const { failed, log } = await deployment.invoke("report", message);
    assert.ok(!failed, log);
    const { DetailType, Detail } = v.parse(announced, (await deployment.cloud.said()).at(-1));
    assert.equal(DetailType, "report.completed");
    const { link } = v.parse(v.looseObject({ link: v.string() }), Detail);
    assert.match(await deployment.openLink(link), /<title>MFA audit report, run/);
  });

  test("the next run closes those that died, settles what they left open, and records who has departed", async () => {
    const { vendor } = deployment.cloud.world;
    const dead = await leaveDeadRuns();
    vendor.leave(vendor.account(9).id);
    const second = await run();
    assert.deepEqual(second.report.directories[0]?.problems, [{ code: "ERR_BREAK_GLASS" }]);
    assert.equal(second.report.directories[0]?.departed, 1);
    const closed = await Promise.all(dead.map((one) => deployment.world.ledger.readRun(one)));
    assert.deepEqual(
      closed.map((one) => one?.run.status),
      ["failed", "failed"],
    );
    const { state } = await deployment.world.ledger.readHistory("workforce", vendor.account(7).id);
    assert.equal(state?.claim, undefined);
    message = second.message;
  });

  test("the report of a run with a predecessor says what changed since", async () => {
    const { failed, log } = await deployment.invoke("report", message);
    assert.ok(!failed, log);
    const { incomplete } = v.parse(
      v.looseObject({ incomplete: v.array(v.unknown()) }),
      v.parse(announced, (await deployment.cloud.said()).at(-1)).Detail,
    );
    assert.deepEqual(incomplete, []);
  });

  test("a webhook is let in by its credential, and what it names comes onto the queue", async () => {
    const refused = await deployment.invoke("webhook", hook("Bearer nobody-we-know-here"));
    assert.deepEqual(refused.answer, { statusCode: 401, body: "" }, refused.log);
    // The alarm counts lines with this word.
    assert.match(refused.log, /unauthenticated/);
    assert.deepEqual(refused.asked, { webhook: ["secretsmanager:GetSecretValue"] });
    const taken = await deployment.invoke("webhook", hook(HOOK));
    assert.deepEqual(taken.answer, { statusCode: 200, body: "" }, taken.log);
    assert.deepEqual(taken.asked, { webhook: ["secretsmanager:GetSecretValue", "sqs:SendMessage"] });
  });

  test("what a webhook brings that cannot be read comes among the dead letters", async () => {
    const { answer, asked, log } = await deployment.invoke("webhook", hook(HOOK, "no JSON"));
    assert.deepEqual(answer, { statusCode: 200, body: "" }, log);
    assert.deepEqual(asked, { webhook: ["secretsmanager:GetSecretValue", "sqs:SendMessage"] });
  });

  test("what a webhook names comes by the queue to the recheck, and who violates is changed", async () => {
    const { vendor } = deployment.cloud.world;
    const { id } = vendor.account(3);
    vendor.change(id, { enabled: true, mfaEnabled: false, devices: [{ type: "TOTP", status: "ACTIVE" }] });
    const recordedAt = new Date().toISOString();
    const named = { ...UPDATE, id: "event-2", recordedAt, resources: [{ type: "USER", id }] };
    const taken = await deployment.invoke("webhook", hook(HOOK, JSON.stringify([named])));
    assert.equal(statusOf(taken), 200, taken.log);
    const { answer, log } = await pollEvents(deployment);
    assert.deepEqual(answer, { batchItemFailures: [] }, log);
    assert.equal(vendor.find(id)?.mfaEnabled, true);
  });

  test("of a message with several events, the one that fails is queued again alone; a message that cannot be read comes back", async () => {
    const { id } = deployment.cloud.world.vendor.account(4);
    const several = batch(id, "11111111-2222-4333-8444-555555555555", "nowhere");
    const { answer, asked, log } = await deployment.invoke("recheck", {
      Records: [...several.Records, { ...several.Records[0], messageId: "m-2", body: "poison" }],
    });
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m-2" }] }, log);
    assert.ok(asked.recheck?.includes("sqs:SendMessage"), log);
  });

  test("a plan is decided on by who signed the call, and the run that applies it is started", async () => {
    const { cloud, invoke, world } = deployment;
    const { vendor } = cloud.world;
    const { id } = vendor.account(6);
    vendor.change(id, { enabled: true, mfaEnabled: false, devices: [{ type: "TOTP", status: "ACTIVE" }] });
    const origin = { by: "arn:aws:iam::123456789012:user/omar", how: "test" };
    const { answer: planned, log } = await invoke("run", { mode: "plan", origin });
    const { run: planning } = v.parse(v.looseObject({ run: v.string() }), planned);
    const [plan] = await world.ledger.readPlans(planning);
    assert.equal(plan?.status, "waiting", log);
    const approval = { action: "approve", run: planning, hash: plan.hash };

    for (const [caller, status] of [
      [undefined, 403],
      ["arn:aws:iam::123456789012:user/mallory", 403],
    ] as const)
      assert.equal(statusOf(await invoke("approve", decision(approval, caller))), status);
    const wrong = await invoke("approve", decision({ ...approval, hash: "0".repeat(64) }, `${LEADS}/jane`));
    assert.equal(statusOf(wrong), 409, wrong.log);
    assert.equal(statusOf(await invoke("approve", decision({ action: "reject" }, `${LEADS}/jane`))), 400);
    assert.deepEqual(cloud.started, []);

    const approved = await invoke("approve", decision(approval, `${LEADS}/jane`));
    assert.equal(statusOf(approved), 200, JSON.stringify(approved.answer) + approved.log);
    const [order, ...more] = v.parse(v.array(v.looseObject({})), cloud.started);
    assert.ok(order);
    assert.deepEqual(more, []);
    const applied = await invoke("run", order);
    assert.equal(vendor.find(id)?.mfaEnabled, true, JSON.stringify(applied.answer));
    const [ended] = await world.ledger.readPlans(planning);
    assert.deepEqual([ended?.status, ended?.decision?.by], ["applied", `${LEADS}/jane`]);

    const reject = { action: "reject", run: planning, note: "too late" };
    assert.equal(statusOf(await invoke("approve", decision(reject, `${LEADS}/jane`))), 409);
  });

  test("an hour in which an event changed something is sealed", async () => {
    await changeByEvent(deployment.world, deployment.cloud.world.vendor.account(5).id, 2);
    const { failed, asked, log } = await deployment.invoke("seal", {});
    assert.ok(!failed, log);
    assert.match(log, /"sealed":1/);
    assert.deepEqual(asked, {
      seal: [
        ...[
          "dynamodb:GetItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
          "kms:GetPublicKey",
          "kms:Sign",
          "s3:PutObject",
        ],
      ],
    });
  });

  test("the watch says how the directory does, in lines that CloudWatch takes", async () => {
    const { failed, log } = await deployment.invoke("watch", {});
    assert.ok(!failed, log);
    const lines = log
      .split("\n")
      .filter((line) => line.startsWith('{"_aws"'))
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ _aws, ...rest }) => rest),
      [
        {
          stage: "dev-call",
          directory: "workforce",
          failed: 0,
          incomplete: 0,
          awaitingApproval: 0,
          halted: 0,
          missing: 0,
        },
        { stage: "dev-call", budgetPercent: lines[1]?.budgetPercent },
      ],
    );
  });

  test("an alarm is passed on to the chat that the secret names, which does not answer here", async () => {
    const Message = JSON.stringify({ AlarmName: "mfa-warden-dev-call-throttles", NewStateValue: "ALARM" });
    const { failed, log } = await deployment.invoke("alert", { Records: [{ Sns: { Message } }] });
    assert.ok(failed);
    assert.match(log, /ERR_CHAT_UNAVAILABLE/);
    assert.doesNotMatch(log, /nobody-listens-here/);
  });

  test("a file that is gone is called missing, by a sweep and by a report", async () => {
    const { cloud, graph, invoke } = deployment;
    const gone = await run();
    await cloud.loseFile(graph, `runs/${gone.report.run}/workforce/manifest.json`);
    const reported = await invoke("report", gone.message);
    assert.ok(reported.failed);
    assert.match(reported.log, /manifest\.json is missing from the bucket/);
    const { answer } = await invoke("run", { mode: "plan", origin: { by: "tester", how: "test" } });
    assert.match(JSON.stringify(answer), /manifest\.json is missing from the bucket/);
  });

  test("no role holds what nothing above needed, but for AWS itself and for what is seldom", () => {
    const { graph, calls } = deployment;
    const words = wordsFor(graph);
    const idle = functionsOf(graph).flatMap((one) => {
      const part = partOf(one);
      const own = calls.filter(({ caller }) => caller === part);
      const needless = grantsOf(roleOf(graph, one)).filter((grant) => !own.some((call) => allows(grant, call)));
      return needless.map(({ action, resource }) => `${part}: ${action} ${words(resource)}`);
    });
    assert.deepEqual(idle.toSorted(), [...AWS_ASKS, ...SELDOM_ASKED].toSorted());
  });
});

/** What a role holds for AWS's own sake: the engine of durable functions, dead letters of calls, the poller of a queue. */
const AWS_ASKS = [
  "run: lambda:InvokeFunction sweep:*",
  ...["report", "run", "seal"].map((part) => `${part}: sqs:SendMessage UndeliveredQueue`),
  ...["GetQueueAttributes", "GetQueueUrl"].map((action) => `recheck: sqs:${action} EventsQueue`),
];

/** When somebody else has taken over an event's claim; when a report is given up half written; when a plan has expired. */
const SELDOM_ASKED = [
  "recheck: dynamodb:Query LedgerTable",
  "report: s3:AbortMultipartUpload ReportsBucket/reports/*",
  "watch: events:PutEvents BusBus",
];

const hook = (authorization: string, body: string = JSON.stringify([UPDATE])) => ({
  version: "2.0",
  rawPath: "/hooks/workforce",
  isBase64Encoded: false,
  body,
  headers: { authorization },
  requestContext: { http: { method: "POST" } },
});

/** As API Gateway passes it on behind IAM. */
const decision = (body: object, userArn?: string) => ({
  version: "2.0",
  rawPath: "/decisions",
  isBase64Encoded: false,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
  requestContext: { http: { method: "POST" }, ...(userArn ? { authorizer: { iam: { userArn } } } : {}) },
});

const statusOf = ({ answer }: { readonly answer: unknown }) =>
  v.parse(v.looseObject({ statusCode: v.number() }), answer).statusCode;

/** One message of the queue with an event for each subject; `more` names a subject of a directory that is not there. */
function batch(subject: string, ...more: string[]) {
  const [other, directory] = more;
  const events = [{ id: "e-1", directory: "workforce", subject }];
  if (other && directory) events.push({ id: "e-2", directory, subject: other });
  const body = JSON.stringify({ directory: "workforce", events });
  return { Records: [{ messageId: "m-1", receiptHandle: "r-1", body, attributes: { ApproximateReceiveCount: "1" } }] };
}

test("each has at least twice the memory that this took", (t) => {
  for (const [part, peak] of deployment.peaks) {
    const given = Number(functionOf(deployment.graph, part).inputs.memorySize);
    t.diagnostic(`${part}: ${peak} MiB of ${given} MiB`);
    assert.ok(given >= 2 * peak, `${part} took ${peak} MiB of ${given} MiB`);
  }
});

test("the log of a vendor that sends no webhooks is asked, as its role allows; a gap is told, and only a refusal is an error", async () => {
  const keycloak = await startKeycloak({ accounts: 3, otpShare: 1 });
  const { settings, secret } = keycloakDirectory(keycloak);
  const others = `  - ${JSON.stringify({ id: "staff", vendor: "keycloak", ...settings })}\n`;
  const polling = await deployLocally("dev-poll", "", others);
  try {
    await polling.cloud.putSecret("mfa-warden/dev-poll/staff", secret);
    const poll = () => polling.invoke("poll", {});
    const first = await poll();
    assert.ok(!first.failed, first.log);
    const quiet = ["dynamodb:GetItem", "dynamodb:PutItem", "secretsmanager:GetSecretValue"];
    assert.deepEqual(first.asked, { poll: quiet });
    keycloak.unregister(keycloak.account(0).id, "otp");
    keycloak.events.config.adminEventsEnabled = false;
    const second = await poll();
    assert.ok(!second.failed, second.log);
    assert.deepEqual(second.asked, { poll: [...quiet, "sqs:SendMessage"].toSorted() });
    for (const said of [/ERR_EVENTS_GAP/, /"gap":1/, /"accepted":2/]) assert.match(second.log, said);
    keycloak.setFault({ kind: "error", status: 403, on: "event-config" });
    const refused = await poll();
    assert.ok(refused.failed);
    assert.match(refused.log, /ERR_VENDOR_DENIED/);
  } finally {
    await Promise.all([polling.close(), keycloak.close()]);
  }
});
