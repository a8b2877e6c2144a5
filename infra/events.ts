/** Between two sweeps: the public door for vendors' webhooks, the queue behind it, and who works on that. */
import { vendors } from "../lib/directories/index.ts";
import type { QueueMessage } from "../lib/model/index.ts";
import { bus, pass, rule, timer } from "./bus.ts";
import { callingVendors, environment, judging, logRetention } from "./lambda.ts";
import { ledger, recordCursors, recordSubjects } from "./ledger.ts";
import { policy } from "./policy.ts";
import { admit, deadEvents, events, RECHECK_MINUTES, sendTo, undelivered } from "./queues.ts";
import { prefix, readSecrets } from "./secrets.ts";

const queues = { MFA_WARDEN_QUEUE: events.url, MFA_WARDEN_DEAD_QUEUE: deadEvents.url };
const taking = policy.directories.filter(({ vendor }) => vendors[vendor]?.hooks);

/** The only thing that the internet reaches. A flood is refused before it costs a function: vendors send again. */
export const api = new sst.aws.ApiGatewayV2("Hooks", {
  cors: false,
  accessLog: { retention: logRetention },
  transform: { stage: { defaultRouteSettings: { throttlingRateLimit: 100, throttlingBurstLimit: 200 } } },
});

/** Who is who is checked inside, by the vendor's own credential: an authorizer could not see what each vendor sends. */
const door = api.route(
  "POST /hooks/{directory}",
  {
    ...judging,
    handler: "functions/webhook.handler",
    memory: "1024 MB",
    timeout: "10 seconds",
    environment: { ...environment, ...queues },
    permissions: [...readSecrets(taking.map(({ secret }) => `${secret}/hooks`)), ...sendTo(events, deadEvents)],
  },
  { name: "Webhook" },
);
export const webhook = door.nodes.function;

/** Few at once: several work on one vendor tenant, whose limits they share with its sweep. */
const AT_ONCE = 4;

const consumer = events.subscribe(
  {
    ...callingVendors,
    handler: "functions/recheck.handler",
    memory: "1024 MB",
    timeout: `${RECHECK_MINUTES} minutes`,
    concurrency: { reserved: AT_ONCE },
    environment: { ...environment, ...queues, MFA_WARDEN_TABLE: ledger.name },
    permissions: [
      ...recordSubjects,
      ...readSecrets(policy.directories.map(({ secret }) => secret)),
      // What fails in a message of several comes back alone. Into the dead letters SQS itself moves a message.
      ...sendTo(events),
    ],
  },
  {
    batch: { size: 10, partialResponses: true },
    // Asked for here too: a call refused for want of concurrency would count as a failed receive.
    transform: { eventSourceMapping: { scalingConfig: { maximumConcurrency: AT_ONCE } } },
  },
);
export const recheck = consumer.nodes.function;

/** What sends no webhooks is asked for its log. */
const asked = policy.directories.filter(({ vendor }) => vendors[vendor]?.polls);

const makePoll = () =>
  new sst.aws.Function("Poll", {
    ...callingVendors,
    handler: "functions/poll.handler",
    memory: "512 MB",
    timeout: "1 minute",
    environment: { ...environment, ...queues, MFA_WARDEN_TABLE: ledger.name },
    permissions: [...recordCursors, ...readSecrets(asked.map(({ secret }) => secret)), ...sendTo(events, deadEvents)],
  });

/** None where every vendor of the policy sends webhooks. */
export const polls = asked.length === 0 ? [] : [makePoll()];
for (const poll of polls)
  new sst.aws.CronV2("PollSchedule", { function: poll, schedule: "rate(1 minute)", retries: 2, dlq: undelivered.arn });

const changed = rule("SubjectChanged", { "detail-type": ["subject.changed"] }, bus.name);
pass("SubjectChangedTarget", changed, events.arn);

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html */
const rotated = rule("SecretRotated", {
  source: ["aws.secretsmanager"],
  "detail-type": ["Secret Label Updated"],
  detail: { name: [{ prefix }], labelUpdated: ["AWSCURRENT"] },
});
pass("SecretRotatedTarget", rotated, events.arn);

/** What such a vendor sends ends within a month unless it is renewed: who has the secrets does that, many times before. */
const expiring = taking.filter(({ vendor }) => vendors[vendor]?.hooks?.expires);
const renewals = expiring.map(({ id }, i) => {
  const renewal = timer(`RenewWebhook${i + 1}`, `renew-webhook-${i + 1}`, "12 hours");
  const message: QueueMessage = { directory: id, events: [], renew: true };
  pass(`RenewWebhook${i + 1}Target`, renewal, events.arn, message);
  return renewal.arn;
});

export const eventRules = [changed.arn, rotated.arn, ...renewals];
admit("EventsPolicy", events, eventRules);
admit("DeadEventsPolicy", deadEvents, []);
