/** One alarm over one metric or several, which tells the topic when something is wrong and when it is over. */
import type { ALARMS } from "../lib/notify/index.ts";
import { named } from "./name.ts";
import { topic } from "./topic.ts";

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, $util.Input<string>>;
  readonly stat: "Sum" | "Maximum" | "SampleCount";
  /** Seconds. */
  readonly period: number;
}

/** Goes off at `atLeast` or more, or below `below`. A metric that says nothing is no trouble, unless `silent` says otherwise. */
export type Limit = {
  /** So many periods in a row; 1. */
  readonly periods?: number;
  readonly silent?: "breaching";
  /** Of the metrics m0, m1 and so on; their sum. */
  readonly expression?: string;
} & ({ readonly atLeast: number } | { readonly below: number });

/** @param about what of several it is about, which stands before its entry in its name; "" for the whole stage */
export function alarm(entry: keyof typeof ALARMS, about: string, metrics: readonly Metric[], limit: Limit): void {
  const name = about === "" ? entry : `${about}-${entry}`;
  new aws.cloudwatch.MetricAlarm(`Alarm-${name}`, {
    name: named(name),
    alarmDescription: `docs/runbook.md, ${entry}`,
    comparisonOperator: "atLeast" in limit ? "GreaterThanOrEqualToThreshold" : "LessThanThreshold",
    threshold: "atLeast" in limit ? limit.atLeast : limit.below,
    evaluationPeriods: limit.periods ?? 1,
    treatMissingData: limit.silent ?? "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
    ...measured(entry, metrics, limit.expression),
  });
}

/** One metric by itself, or an expression over all of them. */
function measured(label: string, metrics: readonly Metric[], expression?: string) {
  const [only, ...more] = metrics;
  if (only && more.length === 0 && expression === undefined) {
    const { namespace, name: metricName, dimensions, stat: statistic, period } = only;
    return { namespace, metricName, dimensions, statistic, period };
  }
  const read = metrics.map(({ name: metricName, ...metric }, i) => ({
    id: `m${i}`,
    metric: { metricName, ...metric },
  }));
  const result = { id: "result", expression: expression ?? "SUM(METRICS())", label, returnData: true };
  return { metricQueries: [result, ...read] };
}
