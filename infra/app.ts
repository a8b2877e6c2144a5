/** Everything that is deployed, or plain sentences on why nothing is. */
import { WardenError } from "../lib/errors.ts";
import { checkPlace } from "./place.ts";
import { checkStage, isProduction } from "./stage.ts";

/** Answers what a person needs to speak to what was deployed. */
export async function deploy() {
  try {
    checkStage($app.stage);
    await checkDeployedPlace();
    return await load();
  } catch (error) {
    // Of this one Pulumi prints the message alone, of any other the stack too.
    throw error instanceof WardenError ? new $util.RunError(error.message) : error;
  }
}

/** SST binds the provider to the policy's place; here a person is told, also where SST could not find the policy. */
async function checkDeployedPlace(): Promise<void> {
  const { wanted } = await import("./policy.ts");
  const { accountId: account } = await aws.getCallerIdentity();
  const { region } = await aws.getRegion();
  checkPlace(wanted.place, { region, account }, isProduction($app.stage));
}

/** Loaded only now: a file of infra/ makes what it describes as it is loaded. */
async function load() {
  const { ledger } = await import("./ledger.ts");
  const { evidence, signingKey } = await import("./evidence.ts");
  const { prefix } = await import("./secrets.ts");
  const { api } = await import("./events.ts");
  const { deadEvents, events } = await import("./queues.ts");
  const { run, sweep } = await import("./sweep.ts");
  const { reports } = await import("./report.ts");
  const { approvals } = await import("./approve.ts");
  await import("./alarms.ts");
  await import("./dashboard.ts");
  return {
    hooks: api.url,
    approvals: $interpolate`${approvals.url}/decisions`,
    // A durable function is called by a version: the ARN ends with it.
    run: run.nodes.function.targetArn,
    sweep: sweep.nodes.function.targetArn,
    table: ledger.name,
    bucket: evidence.name,
    reports: reports.name,
    signingKey: signingKey.arn,
    secrets: prefix,
    queue: events.url,
    deadQueue: deadEvents.url,
  };
}
