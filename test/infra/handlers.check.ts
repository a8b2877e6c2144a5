/** Each handler as it is zipped for Lambda: its size, and one call with what the deployment gives it, and no permission more. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import * as v from "valibot";
import { changeByEvent } from "../evidence/folder.ts";
import { directoryYaml, EVERYONE, type World } from "../world.ts";
import type { Built, Graph, Made } from "./cloud.ts";
import {
  all,
  environmentOf,
  evaluate,
  functionOf,
  functionsOf,
  type Grant,
  grantsOf,
  makeFolder,
  partOf,
  roleOf,
} from "./graph.ts";
import type { Order, Reply, Zipped } from "./invoke.ts";
import { type Cloud, startCloud } from "./local.ts";

const INVOKE = fileURLToPath(new URL("./invoke.ts", import.meta.url));

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
};

let cloud: Cloud;
let graph: Graph;
let deployed: World;
/** MiB by function. */
const peaks = new Map<string, number>();

before(async () => {
  cloud = await startCloud();
  const directories = `version: 1\ndirectories:${directoryYaml(cloud.world.vendor)}\n`;
  const deploy = 'deploy:\n  schedules: [{ cron: "0 3 * * ? *" }]\n  chatWebhook: chat\n';
  graph = await evaluate("dev-call", directories + EVERYONE + deploy, [cloud.queues]);
  deployed = await cloud.furnish(graph);
  cloud.secrets.set("mfa-warden/dev-call/workforce", cloud.world.vendor.credentials);
  cloud.secrets.set("mfa-warden/dev-call/workforce/hooks", { hooks: [HOOK] });
  cloud.secrets.set("mfa-warden/dev-call/chat", { url: "https://127.0.0.1:9/nobody-listens-here" });
});
after(() => cloud.close());

const HOOK = "Bearer 0123456789abcdef";

const UPDATE = {
  ...{ id: "event-1", recordedAt: "2026-01-02T03:04:05.000Z", action: { type: "USER.UPDATED" } },
  resources: [{ type: "USER", id: "11111111-2222-4333-8444-555555555555" }],
};

const builtOf = (one: Made): Built => {
  const found = graph.built.find(({ handler }) => handler === one.inputs.handler);
  assert.ok(found, `${one.name} was not bundled`);
  return found;
};

function unzip(one: Made): Zipped {
  const { id, folder: source, file } = builtOf(one);
  const folder = makeFolder();
  const files = unzipSync(readFileSync(join(dirname(source), id, "code.zip")));
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith("/")) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return { folder, file, environment: environmentOf(one) };
}

interface Called {
  readonly answer: unknown;
  readonly failed: boolean;
  readonly log: string;
}

/** In a process of its own that has nothing but what Lambda would give it. */
async function invoke(part: string, event: object): Promise<Called> {
  cloud.heard();
  const one = functionOf(graph, part);
  const sweep = functionOf(graph, "sweep");
  const order: Order = {
    ...{ event, called: unzip(one), durable: one.inputs.durableConfig !== undefined, arn: String(one.outputs.arn) },
    ...(part === "run" ? { callee: { ...unzip(sweep), arn: String(sweep.outputs.qualifiedArn) } } : {}),
  };
  const child = spawn(process.execPath, [INVOKE], { env: cloud.environment, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(JSON.stringify(order));
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  const lines = out.trimEnd().split("\n");
  const reply: Reply | undefined = code === 0 ? JSON.parse(lines.pop() ?? "null") : undefined;
  // Node quotes the line that threw, which is the whole bundle here.
  const log = [...lines, ...err.split("\n")].filter((line) => line.length < 10_000).join("\n");
  if (reply) peaks.set(part, reply.peakMiB);
  return { answer: reply?.answer, failed: reply === undefined, log };
}

/** What AWS was asked for, against what the functions' own roles allow. */
function withinPermissions(...parts: string[]): Grant[] {
  const granted = parts.flatMap((part) => grantsOf(roleOf(graph, functionOf(graph, part))));
  const asked = cloud.heard();
  const beyond = asked.filter(
    ({ action, resource }) => !granted.some((one) => one.action === action && fits(one.resource, resource)),
  );
  assert.deepEqual(beyond, [], `${parts.join(" and ")} asked for what they may not do`);
  return asked;
}

function fits(pattern: string, resource: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(resource);
}

const actionsOf = (grants: readonly Grant[]) => [...new Set(grants.map(({ action }) => action))].toSorted();

test("each handler is small enough; here are their sizes", (t) => {
  const sizes = functionsOf(graph).map((one) => [partOf(one), builtOf(one).bytes] as const);
  for (const [part, bytes] of sizes.toSorted(([, a], [, b]) => b - a)) {
    t.diagnostic(`${part}: ${(bytes / 1e6).toFixed(2)} MB of ${((MOST[part] ?? 0) / 1e6).toFixed(2)} MB`);
    assert.ok(bytes <= (MOST[part] ?? 0), `${part} has ${bytes} bytes`);
  }
  assert.deepEqual(sizes.map(([part]) => part).toSorted(), Object.keys(MOST).toSorted());
});

const completed = v.looseObject({ run: v.string(), status: v.literal("completed") });
const announced = v.object({
  EventBusName: v.string(),
  DetailType: v.string(),
  Detail: v.pipe(v.string(), v.parseJson()),
});

describe("called once with its own environment and permissions", () => {
  let order: unknown;

  test("a run, as its schedule starts it, sweeps, enforces, signs, and says that it is over", async () => {
    const [schedule] = all(graph, "scheduler/schedule:Schedule").filter(({ name }) => name === "Schedule1Schedule");
    const { input } = v.parse(v.looseObject({ input: v.pipe(v.string(), v.parseJson()) }), schedule?.inputs.target);
    const { answer, log } = await invoke("run", Object(input));
    const report = v.safeParse(completed, answer);
    assert.ok(report.success, `${JSON.stringify(answer)}\n${log}`);
    const asked = withinPermissions("run", "sweep");
    assert.deepEqual(
      actionsOf(asked).filter((action) => !action.startsWith("dynamodb:")),
      [
        ...["events:PutEvents", "kms:GetPublicKey", "kms:Sign", "s3:GetObject", "s3:PutObject"],
        "secretsmanager:GetSecretValue",
      ],
    );
    const bus = all(graph, "cloudwatch/eventBus:EventBus")[0]?.inputs.name;
    const { EventBusName, DetailType, Detail } = v.parse(announced, cloud.said.at(-1));
    assert.deepEqual([EventBusName, DetailType], [bus, "run.completed"]);
    order = { "detail-type": DetailType, detail: Detail };
  });

  test("the report of that run is written, and said to be", async () => {
    const { failed, log } = await invoke("report", Object(order));
    assert.ok(!failed, log);
    withinPermissions("report");
    assert.equal(v.parse(announced, cloud.said.at(-1)).DetailType, "report.completed");
  });

  test("a webhook is let in by its credential, and what it names comes onto the queue", async () => {
    const call = (authorization: string) => ({
      ...{ version: "2.0", rawPath: "/hooks/workforce", isBase64Encoded: false, body: JSON.stringify([UPDATE]) },
      ...{ headers: { authorization }, requestContext: { http: { method: "POST" } } },
    });
    const refused = await invoke("webhook", call("Bearer nobody-we-know-here"));
    assert.deepEqual(refused.answer, { statusCode: 401, body: "" }, refused.log);
    // The alarm counts lines with this word.
    assert.match(refused.log, /unauthenticated/);
    assert.deepEqual(actionsOf(withinPermissions("webhook")), ["secretsmanager:GetSecretValue"]);
    const taken = await invoke("webhook", call(HOOK));
    assert.deepEqual(taken.answer, { statusCode: 200, body: "" }, taken.log);
    assert.deepEqual(actionsOf(withinPermissions("webhook")), ["secretsmanager:GetSecretValue", "sqs:SendMessage"]);
  });

  test("an event is looked at, and what violates is changed", async () => {
    const { vendor } = cloud.world;
    const { id } = vendor.account(3);
    vendor.change(id, { enabled: true, mfaEnabled: false, devices: [{ type: "TOTP", status: "ACTIVE" }] });
    const body = JSON.stringify({
      directory: "workforce",
      events: [{ id: "e-1", directory: "workforce", subject: id }],
    });
    const attributes = { ApproximateReceiveCount: "1" };
    const { answer, log } = await invoke("recheck", {
      Records: [{ messageId: "m-1", receiptHandle: "r-1", body, attributes }],
    });
    assert.deepEqual(answer, { batchItemFailures: [] }, log);
    assert.equal(vendor.find(id)?.mfaEnabled, true);
    withinPermissions("recheck");
  });

  test("an hour in which an event changed something is sealed", async () => {
    await changeByEvent(deployed, cloud.world.vendor.account(5).id, 2);
    const { failed, log } = await invoke("seal", {});
    assert.ok(!failed, log);
    assert.match(log, /"sealed":1/);
    assert.deepEqual(actionsOf(withinPermissions("seal")), [
      ...["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "kms:GetPublicKey", "kms:Sign", "s3:PutObject"],
    ]);
  });

  test("the watch says how the directory does, in lines that CloudWatch takes", async () => {
    const { failed, log } = await invoke("watch", {});
    assert.ok(!failed, log);
    withinPermissions("watch");
    const lines = log
      .split("\n")
      .filter((line) => line.startsWith('{"_aws"'))
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ _aws, ...rest }) => rest),
      [
        { stage: "dev-call", directory: "workforce", failed: 0, incomplete: 0, missing: 0 },
        { stage: "dev-call", budgetPercent: lines[1]?.budgetPercent },
      ],
    );
  });

  test("an alarm is passed on to the chat that the secret names, which does not answer here", async () => {
    const Message = JSON.stringify({ AlarmName: "mfa-warden-dev-call-throttles", NewStateValue: "ALARM" });
    const { failed, log } = await invoke("alert", { Records: [{ Sns: { Message } }] });
    assert.ok(failed);
    assert.match(log, /ERR_CHAT_UNAVAILABLE/);
    assert.doesNotMatch(log, /nobody-listens-here/);
    withinPermissions("alert");
  });
});

test("each has at least twice the memory that this took", (t) => {
  for (const [part, peak] of peaks) {
    const given = Number(functionOf(graph, part).inputs.memorySize);
    t.diagnostic(`${part}: ${peak} MiB of ${given} MiB`);
    assert.ok(given >= 2 * peak, `${part} took ${peak} MiB of ${given} MiB`);
  }
});
