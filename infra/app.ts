/** Everything that is deployed, or plain sentences on why nothing is. */
import { WardenError } from "../lib/errors.ts";
import { checkStage } from "./stage.ts";

/** Answers what a person needs to speak to what was deployed. */
export async function deploy() {
  try {
    checkStage($app.stage);
    return await load();
  } catch (error) {
    // Of this one Pulumi prints the message alone, of any other the stack too.
    throw error instanceof WardenError ? new $util.RunError(error.message) : error;
  }
}

/** Loaded only now: a file of infra/ makes what it describes as it is loaded. */
async function load() {
  const { ledger } = await import("./ledger.ts");
  const { evidence } = await import("./evidence.ts");
  const { prefix } = await import("./secrets.ts");
  const { api } = await import("./events.ts");
  const { deadEvents, events } = await import("./queues.ts");
  const { run } = await import("./sweep.ts");
  await import("./report.ts");
  await import("./alarms.ts");
  await import("./dashboard.ts");
  return {
    ...{
      hooks: api.url,
      run: run.name,
      table: ledger.name,
      bucket: evidence.name,
      secrets: prefix,
    },
    ...{ queue: events.url, deadQueue: deadEvents.url },
  };
}
