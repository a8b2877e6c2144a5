/** Sweeps: one run for each schedule of the policy, and one sweep for each of its directories. */
import { needsPeopleKey } from "../lib/policy/index.ts";
import type { RunOrder } from "../lib/run/index.ts";
import { bus, sayOnBus } from "./bus.ts";
import { evidence, readEvidence, signEvidence, signingKey, writeEvidence } from "./evidence.ts";
import { callingVendors, environment, judging } from "./lambda.ts";
import { ledger, recordRun, recordSweep } from "./ledger.ts";
import { tellPeople, tellTeam } from "./notices.ts";
import { policy, wanted } from "./policy.ts";
import { sendTo, undelivered } from "./queues.ts";
import { readSecrets } from "./secrets.ts";

/** A run has this many sweeps at once; lib/run says so too. */
const SWEEPS_PER_RUN = 4;
/** One for each schedule, and one that a person starts. */
const RUNS_AT_ONCE = wanted.schedules.length + 1;

const recording = {
  ...environment,
  MFA_WARDEN_TABLE: ledger.name,
  MFA_WARDEN_BUCKET: evidence.name,
  MFA_WARDEN_SIGNING_KEY: signingKey.arn,
};

/** Executions outlive many invocations: a tenant of a million accounts at ten calls a second takes more than a day. */
const durable = { retention: "14 days", timeout: { invocation: "15 minutes", execution: "7 days" } } as const;

export const sweep = new sst.aws.Workflow("Sweep", {
  ...callingVendors,
  ...durable,
  handler: "functions/sweep.handler",
  // One whole processor: a sweep is bound by it. The memory that comes with it is four times what was measured.
  memory: "1769 MB",
  environment: recording,
  permissions: [
    ...recordSweep,
    ...writeEvidence("runs", "policies"),
    ...readEvidence("runs"),
    ...signEvidence,
    ...readSecrets(policy.directories.map(({ secret }) => secret)),
    ...tellPeople,
    ...(policy.people && needsPeopleKey(policy.people) ? readSecrets([policy.people.secret]) : []),
  ],
  transform: { function: { function: { reservedConcurrentExecutions: RUNS_AT_ONCE * SWEEPS_PER_RUN } } },
});

export const run = new sst.aws.Workflow("Run", {
  ...judging,
  ...durable,
  handler: "functions/run.handler",
  memory: "512 MB",
  environment: {
    ...recording,
    MFA_WARDEN_BUS: bus.name,
    MFA_WARDEN_SWEEP_FUNCTION: sweep.nodes.function.targetArn,
  },
  permissions: [
    ...recordRun,
    ...sayOnBus,
    ...tellPeople,
    ...tellTeam,
    // Any version: a run that began before a deployment goes on with the sweep that it began with.
    { actions: ["lambda:InvokeFunction"], resources: [$interpolate`${sweep.arn}:*`] },
    ...sendTo(undelivered),
  ],
  transform: { function: { function: { deadLetterConfig: { targetArn: undelivered.arn } } } },
});

/** Spread over this long, so that not everybody's sweep starts on the hour. */
const JITTER_MINUTES = 15;

for (const [i, { cron, timezone, directories, waveWait }] of wanted.schedules.entries()) {
  const order: RunOrder = {
    // What each directory and rule allow is less than this wherever they say so.
    mode: "enforce",
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    origin: { by: "<aws.scheduler.schedule-arn>", how: "schedule" },
    // Scheduler may deliver a start twice: both have this time.
    scheduledAt: "<aws.scheduler.scheduled-time>",
    ...(directories ? { directories } : {}),
    ...(waveWait ? { waveWaitSeconds: 60 * Number.parseInt(waveWait, 10) } : {}),
  };
  new sst.aws.CronV2(`Schedule${i + 1}`, {
    function: run,
    schedule: `cron(${cron})`,
    timezone: timezone ?? policy.timezone,
    event: order,
    retries: 5,
    dlq: undelivered.arn,
    transform: {
      schedule: (args) => {
        args.flexibleTimeWindow = { mode: "FLEXIBLE", maximumWindowInMinutes: JITTER_MINUTES };
      },
    },
  });
}
