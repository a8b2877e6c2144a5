/** Every alarm, named by its entry in the runbook, which also says what has none and why. */
import { alarm, type Metric } from "./alarm.ts";
import { approve } from "./approve.ts";
import { bus, sayOnBus } from "./bus.ts";
import { api, polls, recheck, webhook } from "./events.ts";
import { environment, judging } from "./lambda.ts";
import { ledger, watchRuns } from "./ledger.ts";
import { named } from "./name.ts";
import { policy } from "./policy.ts";
import { deadEvents, events, undelivered } from "./queues.ts";
import { report, seal } from "./report.ts";
import { run, sweep } from "./sweep.ts";

const NAMESPACE = "mfa-warden";
const MINUTE = 60;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;

/** Looks at the ledger for what none of AWS's own metrics shows, thrice in each period of an alarm. */
const watch = new sst.aws.Function("Watch", {
  ...judging,
  handler: "functions/watch.handler",
  memory: "512 MB",
  timeout: "1 minute",
  environment: { ...environment, MFA_WARDEN_TABLE: ledger.name, MFA_WARDEN_BUS: bus.name },
  permissions: [...watchRuns, ...sayOnBus],
});
new sst.aws.CronV2("WatchSchedule", {
  function: watch,
  schedule: "rate(5 minutes)",
  retries: 2,
  dlq: undelivered.arn,
});

type FunctionMetric = "Errors" | "Throttles" | "DurableExecutionFailed" | "DurableExecutionTimedOut";

const ofFunction = (name: FunctionMetric, functionName: $util.Input<string>): Metric => ({
  ...{ namespace: "AWS/Lambda", name, dimensions: { FunctionName: functionName }, stat: "Sum", period: 5 * MINUTE },
});
/** Of a durable function `Errors` counts single invocations, which AWS makes again. https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html */
const failedExecutions = (functionName: $util.Input<string>): Metric[] => [
  ofFunction("DurableExecutionFailed", functionName),
  ofFunction("DurableExecutionTimedOut", functionName),
];
const ofQueue = (name: string, queue: sst.aws.Queue): Metric => ({
  namespace: "AWS/SQS",
  name,
  ...{ dimensions: { QueueName: queue.nodes.queue.name }, stat: "Maximum", period: 5 * MINUTE },
});
const ofLedger = (name: string): Metric => ({
  ...{ namespace: "AWS/DynamoDB", name, dimensions: { TableName: ledger.name }, stat: "Sum", period: 5 * MINUTE },
});
const watched = (name: string, dimensions: Metric["dimensions"] = {}): Metric => ({
  ...{ namespace: NAMESPACE, name, dimensions: { stage: $app.stage, ...dimensions }, stat: "Maximum", period: QUARTER },
});

/** All that a queue holds, also what `replay` looks at just now. */
const heldBy = (queue: sst.aws.Queue): Metric[] =>
  ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"].map((name) => ofQueue(name, queue));
/** A queue that was empty for hours says nothing, which counts as none. */
const growth = { atLeast: 1, expression: "DIFF(FILL(m0, 0) + FILL(m1, 0))" };
alarm("dead-events", "", heldBy(deadEvents), growth);
alarm("undelivered", "", heldBy(undelivered), growth);
alarm("events-late", "", [ofQueue("ApproximateAgeOfOldestMessage", events)], { atLeast: HOUR });

alarm(
  "sweep-failed",
  "",
  [run, sweep].flatMap(({ name }) => failedExecutions(name)),
  { atLeast: 1 },
);
for (const { id: directory } of policy.directories) {
  alarm("sweep-failed", directory, [watched("failed", { directory })], { atLeast: 1 });
  alarm("sweep-incomplete", directory, [watched("incomplete", { directory })], { atLeast: 1 });
  alarm("awaiting-approval", directory, [watched("awaitingApproval", { directory })], { atLeast: 1 });
  alarm("sweep-halted", directory, [watched("halted", { directory })], { atLeast: 1 });
  alarm("sweep-missing", directory, [watched("missing", { directory })], { atLeast: 1, periods: 4 });
}
// Who watches is watched too: what it says for the whole stage, however much that is.
const looks: Metric = { ...watched("budgetPercent"), stat: "SampleCount" };
alarm("watch-silent", "", [looks], { below: 1, periods: 4, silent: "breaching" });

const functions = [run, sweep, watch, report, seal, webhook, recheck, approve].map(({ name }) => name);
const called = [watch, webhook, recheck, approve, ...polls].map(({ name }) => ofFunction("Errors", name));
alarm("function-failed", "", called, { atLeast: 1, periods: 2 });
const throttled = functions.map((name) => ofFunction("Throttles", name));
alarm("throttles", "", [...throttled, ofLedger("ReadThrottleEvents"), ofLedger("WriteThrottleEvents")], {
  atLeast: 10,
  periods: 2,
});
alarm("budget-used-up", "", [watched("budgetPercent")], { atLeast: 100 });
// Counted where events are handled; what a sweep refuses for it stands in the sweep's report.
alarm("account-limit", "", [{ ...watched("account-limit", { part: "recheck" }), stat: "Sum" }], { atLeast: 1 });
// Seen by the next sweep, and by nobody before it.
if (polls.length > 0)
  alarm("events-unseen", "", [{ ...watched("gap", { part: "poll" }), stat: "Sum" }], { atLeast: 1 });
alarm("seal-failed", "", [ofFunction("Errors", seal.name)], { atLeast: 1 });

/** What vendors got no answer for, 503 included; they send again. */
const refused: Metric = {
  ...{ namespace: "AWS/ApiGateway", name: "5xx", dimensions: { ApiId: api.nodes.api.id }, stat: "Sum" },
  period: 5 * MINUTE,
};
alarm("hooks-failing", "", [refused], { atLeast: 1, periods: 3 });

/** Counts lines of a log of this stage: a metric of the whole account would mix two stages. */
function counted(word: string, group: $util.Output<aws.cloudwatch.LogGroup | undefined>): Metric {
  const metric = { namespace: named("log"), name: word };
  new aws.cloudwatch.LogMetricFilter(`Count-${word}`, {
    name: named(word),
    logGroupName: group.apply((found) => $interpolate`${found?.name}`),
    pattern: `%${word}%`,
    metricTransformation: { ...metric, value: "1", unit: "Count" },
  });
  return { ...metric, dimensions: {}, stat: "Sum", period: 5 * MINUTE };
}

alarm("hooks-unauthenticated", "", [counted("unauthenticated", webhook.nodes.logGroup)], { atLeast: 20 });
// A run whose end nobody heard of gets no report.
const unannounced = counted("unannounced", run.nodes.function.nodes.logGroup);
alarm("report-failed", "", [ofFunction("Errors", report.name), unannounced], { atLeast: 1 });
