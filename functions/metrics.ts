/** Counts by way of the log: CloudWatch reads these lines and alarms are set on what they count. */
import type { Clock } from "../lib/model.ts";

const NAMESPACE = "mfa-warden";

/**
 * One line on stdout for each count. No dimension comes from outside: a caller must not be able to make metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const counter =
  (part: string, clock: Clock) =>
  (name: string, n: number): void => {
    const metrics = { Namespace: NAMESPACE, Dimensions: [["part"]], Metrics: [{ Name: name, Unit: "Count" }] };
    console.log(JSON.stringify({ _aws: { Timestamp: clock(), CloudWatchMetrics: [metrics] }, part, [name]: n }));
  };
