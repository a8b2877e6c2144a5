/** The policy as deployed: checked and compiled now, carried by every function that judges, read when it starts. */
import { join, relative } from "node:path";
import { loadPolicy, policyFile, store, unscheduled } from "./load.ts";

const FILE = "policy.json";

/** A policy with an error stops the deployment here. */
export const policy = loadPolicy(policyFile());

const idle = unscheduled(policy);
if (idle.length > 0)
  console.warn(
    `No schedule of the policy sweeps ${idle.join(", ")}: nobody looks there until you start a run yourself. Add deploy.schedules.`,
  );

const folder = join($cli.paths.work, `policy-${$app.stage}`);
store(policy, folder, FILE);

/** Puts the policy beside a handler. */
export const policyFiles = [{ from: relative($cli.paths.root, folder), to: "policy" }];
/** Where a handler finds it: Lambda starts it in its own folder. */
export const policyPath = join("policy", FILE);

/** What the policy says about the deployment, with what holds where it is silent. */
export const wanted = {
  place: policy.deploy ?? {},
  schedules: policy.deploy?.schedules ?? [],
  logDays: policy.deploy?.logRetentionDays ?? 90,
  evidenceDays: policy.deploy?.evidenceRetentionDays ?? 365,
  reportDays: policy.deploy?.reportRetentionDays ?? 90,
  ledgerTable: policy.deploy?.ledgerTable,
  vpc: policy.deploy?.vpc,
  permissionsBoundary: policy.deploy?.permissionsBoundary,
  alarmAddress: policy.deploy?.alarmAddress,
  chatWebhook: policy.deploy?.chatWebhook,
};
