/** Lambda: says every few minutes, for the alarms, how each directory is doing. */
import middy from "@middy/core";
import { ulid } from "ulid";
import { documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import { planChanged } from "../lib/model/index.ts";
import { checkHealth } from "../lib/run/index.ts";
import { planAnnouncer } from "./announce-plan.ts";
import { nameOf, policyOf } from "./environment.ts";
import { publishMetrics } from "./metrics.ts";

const clock = Date.now;
const stage = nameOf(process.env, "MFA_WARDEN_STAGE");
const table = nameOf(process.env, "MFA_WARDEN_TABLE");
const ledger = dynamoLedger({ client: documentClient({}), table, clock, ulid, leaseSeconds: 60 });
const policy = policyOf(process.env);
const announcePlan = planAnnouncer(process.env, "watch");
const ANNOUNCE_DEADLINE_MS = 10_000;

export const handler = middy<unknown, void>().handler(async () => {
  const { directories, budgetPercent, expired } = await checkHealth({ policy, ledger, clock });
  for (const { directory, failed, incomplete, awaitingApproval, halted, missing } of directories)
    publishMetrics(
      { stage, directory },
      {
        failed: Number(failed),
        incomplete: Number(incomplete),
        awaitingApproval: Number(awaitingApproval),
        halted: Number(halted),
        missing: Number(missing),
      },
    );
  publishMetrics({ stage }, { budgetPercent });
  for (const plan of expired) await announcePlan(planChanged(plan), AbortSignal.timeout(ANNOUNCE_DEADLINE_MS));
});
