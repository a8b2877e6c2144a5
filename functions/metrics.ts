/** Metrics by way of the log: CloudWatch reads these lines, and alarms are set on what they say. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

const NAMESPACE = "mfa-warden";

/**
 * Writes a line of metrics at once: what was counted is not lost when Lambda ends the function.
 * @param dimensions nothing from outside: a caller must not be able to make metrics
 */
export function publishMetrics(
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>,
): void {
  const metrics = new Metrics({ namespace: NAMESPACE });
  // Powertools adds a dimension `service`: to the alarms that would be another metric. So would a unit.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ ...dimensions });
  for (const [name, value] of Object.entries(values)) metrics.addMetric(name, MetricUnit.NoUnit, value);
  metrics.publishStoredMetrics();
}

/** Counts by the stage and the part of the deployment. */
export const counter =
  (part: string, stage = process.env.MFA_WARDEN_STAGE ?? "none") =>
  (name: string, count: number): void =>
    publishMetrics({ stage, part }, { [name]: count });
