/** What follows a run: its report, the bad news of it, and every hour a seal over the evidence. */

import { encrypt, expire } from "./bucket.ts";
import { bus, pass, rule, sayOnBus } from "./bus.ts";
import { eventRules } from "./events.ts";
import { evidence, readEvidence, signEvidence, signingKey, writeEvidence } from "./evidence.ts";
import { common, environment, judging } from "./lambda.ts";
import { ledger, readLedger, recordSeals } from "./ledger.ts";
import { wanted } from "./policy.ts";
import { admit, sendTo, undelivered } from "./queues.ts";
import { topic } from "./topic.ts";

/** Reports can be made again from the evidence: nothing locks them, and they go sooner. */
export const reports = new sst.aws.Bucket("Reports", { cors: false, enforceHttps: true });
encrypt("Reports", reports);
expire("Reports", reports, wanted.reportDays);

const where = { MFA_WARDEN_TABLE: ledger.name, MFA_WARDEN_BUCKET: evidence.name };
/** Where AWS puts what it called this function with in vain. */
const deadLetters = { function: { deadLetterConfig: { targetArn: undelivered.arn } } };

export const report = new sst.aws.Function("Report", {
  ...common,
  handler: "functions/report.handler",
  memory: "1769 MB",
  timeout: "15 minutes",
  environment: { ...where, MFA_WARDEN_REPORTS: reports.name, MFA_WARDEN_BUS: bus.name },
  permissions: [
    ...readLedger,
    ...readEvidence("runs", "policies"),
    // Large files are written part by part, and given up whole; a link to a page is good for what this role may read.
    {
      actions: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
      resources: [$interpolate`${reports.arn}/reports/*`],
    },
    ...sayOnBus,
    ...sendTo(undelivered),
  ],
  transform: deadLetters,
});

export const seal = new sst.aws.Function("Seal", {
  ...judging,
  handler: "functions/seal.handler",
  memory: "1024 MB",
  timeout: "15 minutes",
  environment: { ...environment, ...where, MFA_WARDEN_SIGNING_KEY: signingKey.arn },
  permissions: [...recordSeals, ...writeEvidence("runs", "policies"), ...signEvidence, ...sendTo(undelivered)],
  transform: deadLetters,
});
new sst.aws.CronV2("SealSchedule", { function: seal, schedule: "rate(1 hour)", retries: 2, dlq: undelivered.arn });

const ended = rule("RunCompleted", { source: ["mfa-warden"], "detail-type": ["run.completed"] }, bus.name);
pass("RunCompletedTarget", ended, report.arn);
new aws.lambda.Permission("ReportByRule", {
  action: "lambda:InvokeFunction",
  function: report.name,
  principal: "events.amazonaws.com",
  sourceArn: ended.arn,
});

/** People hear at once of a run that did not end well, and of every report. */
const badly = rule(
  "RunEndedBadly",
  {
    source: ["mfa-warden"],
    "detail-type": ["run.completed"],
    detail: { status: [{ "anything-but": "completed" }] },
  },
  bus.name,
);
pass("RunEndedBadlyTarget", badly, topic.arn);
/** And of a plan that came to its end without being applied: a run that applies one tells of itself. */
const dropped = rule(
  "PlanDropped",
  {
    source: ["mfa-warden"],
    "detail-type": ["plan.changed"],
    detail: { status: ["rejected", "expired", "superseded", "stale"] },
  },
  bus.name,
);
pass("PlanDroppedTarget", dropped, topic.arn);
const reported = rule("ReportCompleted", { source: ["mfa-warden"], "detail-type": ["report.completed"] }, bus.name);
pass("ReportCompletedTarget", reported, topic.arn);

admit("UndeliveredPolicy", undelivered, [...eventRules, ended.arn, badly.arn, dropped.arn, reported.arn]);
