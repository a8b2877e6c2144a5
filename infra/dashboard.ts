/** One page in CloudWatch for everything that a person looks at first. */
import { approve } from "./approve.ts";
import { api, polls, recheck, webhook } from "./events.ts";
import { ledger } from "./ledger.ts";
import { named } from "./name.ts";
import { policy } from "./policy.ts";
import { deadEvents, events, undelivered } from "./queues.ts";
import { report, seal } from "./report.ts";
import { run, sweep } from "./sweep.ts";

const { region } = aws.getRegionOutput();

/** Namespace, name, then dimensions, names and values in turn. */
type Line = readonly $util.Input<string>[];

const widget = (title: string, stat: "Sum" | "Maximum" | "p95", metrics: readonly Line[]) => ({
  type: "metric",
  ...{ width: 12, height: 6 },
  properties: { title, stat, metrics, region, period: 300, view: "timeSeries" },
});

const functions = [
  run.name,
  sweep.name,
  report.name,
  seal.name,
  webhook.name,
  recheck.name,
  approve.name,
  ...polls.map(({ name }) => name),
];
const lambda = (name: string): Line[] => functions.map((one) => ["AWS/Lambda", name, "FunctionName", one]);
const table = (name: string): Line => ["AWS/DynamoDB", name, "TableName", ledger.name];
const queue = (name: string, { nodes }: sst.aws.Queue): Line => ["AWS/SQS", name, "QueueName", nodes.queue.name];
const directories = (name: string): Line[] =>
  policy.directories.map(({ id }) => ["mfa-warden", name, "stage", $app.stage, "directory", id]);

new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: named("overview"),
  dashboardBody: $jsonStringify({
    widgets: [
      widget("Directories: failed, incomplete, waiting for approval, halted, missing", "Maximum", [
        ...directories("failed"),
        ...directories("incomplete"),
        ...directories("awaitingApproval"),
        ...directories("halted"),
        ...directories("missing"),
      ]),
      widget("Budget used, percent of a day's changes", "Maximum", [
        ["mfa-warden", "budgetPercent", "stage", $app.stage],
      ]),
      widget("Events: waiting, dead, undelivered", "Maximum", [
        ...[events, deadEvents, undelivered].map((one) => queue("ApproximateNumberOfMessagesVisible", one)),
        queue("ApproximateAgeOfOldestMessage", events),
      ]),
      widget("Hooks: calls and refusals", "Sum", [
        ...["Count", "4xx", "5xx"].map((name): Line => ["AWS/ApiGateway", name, "ApiId", api.nodes.api.id]),
        [named("log"), "unauthenticated"],
      ]),
      widget("Functions: errors, and executions that failed", "Sum", [
        ...lambda("Errors"),
        ...["DurableExecutionFailed", "DurableExecutionTimedOut"].flatMap((name) =>
          [run.name, sweep.name].map((one): Line => ["AWS/Lambda", name, "FunctionName", one]),
        ),
      ]),
      widget("Functions: duration, ms", "p95", lambda("Duration")),
      widget("Functions: throttles", "Sum", lambda("Throttles")),
      widget("Ledger: units and throttles", "Sum", [
        ...["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"].map(table),
        ...["ReadThrottleEvents", "WriteThrottleEvents"].map(table),
      ]),
    ],
  }),
});
