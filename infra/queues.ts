/** Where messages wait: events to look at, events that failed too often, and what AWS could not deliver. */

const kept = { sqsManagedSseEnabled: true, messageRetentionSeconds: 14 * 86_400 };

/** What a schedule, a rule or an asynchronous call could not hand over. */
export const undelivered = new sst.aws.Queue("Undelivered", { transform: { queue: kept } });
/** Events that failed five times, and what could not be read: `replay` shows them and puts them back. */
export const deadEvents = new sst.aws.Queue("DeadEvents", { transform: { queue: kept } });

/** The longest that one batch of events may take: a push to Strata is waited for four minutes. */
export const RECHECK_MINUTES = 6;

/** Invisible for six times as long as a batch may take, which AWS asks for: no message is worked on twice at once. */
export const events = new sst.aws.Queue("Events", {
  visibilityTimeout: `${6 * RECHECK_MINUTES} minutes`,
  dlq: { queue: deadEvents.arn, retry: 5 },
  transform: { queue: kept },
});

/** Only over TLS, and only these rules from outside of what roles allow. SST's own policy would let anybody's rules in. */
export function admit(name: string, queue: sst.aws.Queue, rules: $util.Output<string>[]): void {
  const fromRules = {
    Sid: "Rules",
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queue.arn,
    Condition: { ArnEquals: { "aws:SourceArn": rules } },
  };
  const onlyTls = {
    Sid: "OnlyTls",
    Effect: "Deny",
    Principal: "*",
    Action: "sqs:*",
    Resource: queue.arn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  new aws.sqs.QueuePolicy(name, {
    queueUrl: queue.url,
    policy: $jsonStringify({ Version: "2012-10-17", Statement: rules.length > 0 ? [fromRules, onlyTls] : [onlyTls] }),
  });
}

export const sendTo = (...queues: sst.aws.Queue[]) => [
  { actions: ["sqs:SendMessage"], resources: queues.map(({ arn }) => arn) },
];
