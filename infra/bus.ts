/** The bus that parts of the system, and anything else inside AWS, talk over; and rules that pass on what is said. */

import { named } from "./name.ts";
import { undelivered } from "./queues.ts";

export const bus = new sst.aws.Bus("Bus");

/** Whoever may say something on it. */
export const sayOnBus = [{ actions: ["events:PutEvents"], resources: [bus.arn] }];

/** @param on the name of a bus; AWS's own unless given */
export const rule = (name: string, pattern: object, on?: $util.Output<string>) =>
  new aws.cloudwatch.EventRule(name, {
    name: named(name),
    eventPattern: $jsonStringify(pattern),
    ...(on ? { eventBusName: on } : {}),
  });

/** @param every how AWS writes it, like "12 hours" */
export const timer = (name: string, part: string, every: string) =>
  new aws.cloudwatch.EventRule(name, { name: named(part), scheduleExpression: `rate(${every})` });

/**
 * What cannot be handed over within a few hours waits among the undelivered.
 * @param message said in place of the event itself
 */
export const pass = (name: string, from: aws.cloudwatch.EventRule, arn: $util.Output<string>, message?: object) =>
  new aws.cloudwatch.EventTarget(name, {
    ...(message ? { input: $jsonStringify(message) } : {}),
    rule: from.name,
    eventBusName: from.eventBusName.apply((bus) => bus ?? "default"),
    arn,
    retryPolicy: { maximumRetryAttempts: 30, maximumEventAgeInSeconds: 6 * 3600 },
    deadLetterConfig: { arn: undelivered.arn },
  });
