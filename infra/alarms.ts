/** Every alarm, named by its entry in the runbook. Each says when something is wrong, and when it is over. */
import type { ALARMS } from "../lib/notify/index.ts";
import { recheck, webhook } from "./events.ts";
import { environment, judging } from "./lambda.ts";
import { ledger, readRuns } from "./ledger.ts";
import { named } from "./name.ts";
import { policy } from "./policy.ts";
import { deadEvents, undelivered } from "./queues.ts";
import { report, seal } from "./report.ts";
import { run, sweep } from "./sweep.ts";
import { topic } from "./topic.ts";

const NAMESPACE = "mfa-warden";
const MINUTE = 60;
const QUARTER = 15 * MINUTE;

/** Looks at the ledger for what none of AWS's own metrics shows, thrice in each period of an alarm. */
const watch = new sst.aws.Function("Watch", {
  ...judging,
  handler: "functions/watch.handler",
  memory: "512 MB",
  timeout: "1 minute",
  environment: { ...environment, MFA_WARDEN_TABLE: ledger.name },
  permissions: readRuns,
});
new sst.aws.CronV2("WatchSchedule", {
  function: watch,
  schedule: "rate(5 minutes)",
  retries: 2,
  dlq: undelivered.arn,
});

interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, $util.Input<string>>;
  readonly stat: "Sum" | "Maximum";
  /** Seconds. */
  readonly period: number;
}

/** Goes off at `least` or more. A metric that says nothing is no trouble, unless `silent` says otherwise. */
interface Limit {
  readonly least: number;
  /** So many periods in a row. */
  readonly periods?: number;
  readonly silent?: "breaching";
}

function alarm(
  entry: keyof typeof ALARMS,
  about: string,
  metrics: readonly Metric[],
  { least, periods = 1, silent }: Limit,
): void {
  const name = about === "" ? entry : `${about}-${entry}`;
  const [only, ...more] = metrics;
  const added = metrics.map(({ name: metricName, ...metric }, i) => ({
    id: `m${i}`,
    metric: { metricName, ...metric },
  }));
  const sum = [{ id: "sum", expression: "SUM(METRICS())", label: entry, returnData: true }, ...added];
  const {
    name: metricName = "",
    namespace = "",
    dimensions = {},
    stat: statistic = "Sum",
    period = MINUTE,
  } = only ?? {};
  new aws.cloudwatch.MetricAlarm(`Alarm-${name}`, {
    name: named(name),
    alarmDescription: `docs/runbook.md, ${entry}`,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: least,
    evaluationPeriods: periods,
    treatMissingData: silent ?? "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
    ...(more.length > 0 ? { metricQueries: sum } : { metricName, namespace, dimensions, statistic, period }),
  });
}

const ofFunction = (name: "Errors" | "Throttles", functionName: $util.Input<string>): Metric => ({
  ...{ namespace: "AWS/Lambda", name, dimensions: { FunctionName: functionName }, stat: "Sum", period: 5 * MINUTE },
});
const waiting = (queue: sst.aws.Queue): Metric => ({
  namespace: "AWS/SQS",
  name: "ApproximateNumberOfMessagesVisible",
  ...{ dimensions: { QueueName: queue.nodes.queue.name }, stat: "Maximum", period: 5 * MINUTE },
});
const ofLedger = (name: string): Metric => ({
  ...{ namespace: "AWS/DynamoDB", name, dimensions: { TableName: ledger.name }, stat: "Sum", period: 5 * MINUTE },
});
const watched = (name: string, dimensions: Metric["dimensions"] = {}): Metric => ({
  ...{ namespace: NAMESPACE, name, dimensions: { stage: $app.stage, ...dimensions }, stat: "Maximum", period: QUARTER },
});

const functions = [run.name, sweep.name, watch.name, report.name, seal.name, webhook.name, recheck.name];

alarm("dead-letters", "", [waiting(deadEvents), waiting(undelivered)], { least: 1 });
alarm("sweep-failed", "", [ofFunction("Errors", run.name), ofFunction("Errors", sweep.name)], { least: 1 });
for (const { id: directory } of policy.directories) {
  alarm("sweep-failed", directory, [watched("failed", { directory })], { least: 1 });
  alarm("sweep-incomplete", directory, [watched("incomplete", { directory })], { least: 1 });
  // Who watches is watched too: an hour of silence counts as missing.
  alarm("sweep-missing", directory, [watched("missing", { directory })], { least: 1, periods: 4, silent: "breaching" });
}
alarm(
  "throttles",
  "",
  [
    ...functions.map((name) => ofFunction("Throttles", name)),
    ofLedger("ReadThrottleEvents"),
    ofLedger("WriteThrottleEvents"),
  ],
  { least: 10, periods: 2 },
);
alarm("budget-used-up", "", [watched("budgetPercent")], { least: 100 });
alarm("seal-failed", "", [ofFunction("Errors", seal.name)], { least: 1 });

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

alarm("hooks-unauthenticated", "", [counted("unauthenticated", webhook.nodes.logGroup)], { least: 20 });
// A run whose end nobody heard of gets no report.
const unannounced = counted("unannounced", run.nodes.function.nodes.logGroup);
alarm("report-failed", "", [ofFunction("Errors", report.name), unannounced], { least: 1 });
