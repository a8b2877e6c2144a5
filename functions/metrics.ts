/** Counts by way of the log: CloudWatch reads these lines, and alarms are set on what they count. */
import type { Clock } from "../lib/model/index.ts";

const NAMESPACE = "mfa-warden";

/**
 * A line that CloudWatch makes metrics of. It must reach the log as it is, and `console` would wrap it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param dimensions nothing from outside: a caller must not be able to make metrics
 */
export function measure(
  clock: Clock,
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>,
): void {
  const Metrics = Object.keys(values).map((Name) => ({ Name }));
  const directive = { Namespace: NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics };
  const _aws = { Timestamp: clock(), CloudWatchMetrics: [directive] };
  process.stdout.write(`${JSON.stringify({ _aws, ...dimensions, ...values })}\n`);
}

/** One line for each count, by the stage and the part of the deployment. */
export const counter =
  (part: string, clock: Clock, stage = process.env.MFA_WARDEN_STAGE ?? "none") =>
  (name: string, n: number): void =>
    measure(clock, { stage, part }, { [name]: n });
