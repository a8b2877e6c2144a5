/** `reject`: a person ends a plan that waits, with a reason; nothing of it can be applied any more. */

import { Command } from "commander";
import { rejectPlans } from "../../lib/approval/index.ts";
import { approvalPorts } from "../approval/ports.ts";
import { readPolicy } from "../input/policy-file.ts";
import { plainReason } from "../input/reason.ts";
import { originOf } from "../local/origin.ts";
import { openExistingRecords, withRecords } from "../local/records.ts";
import { exitWith, pathOption, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

interface RejectOptions extends StateOptions {
  readonly policy: string;
  readonly reason: string;
  readonly directory?: string;
}

export const rejectCommand = (): Command =>
  withState(new Command("reject"))
    .description("Ends the plan of a run: nobody can approve it any more")
    .argument("<run>", "id of the run that made the plan")
    .requiredOption("--reason <text>", "why; kept on record", plainReason)
    .option("--directory <id>", "only the plan of this directory")
    .addOption(pathOption("--policy <file>", "policy file, which says who may decide", "policy.yaml"))
    .action(exitWith(reject));

async function reject(run: string, { policy, reason, directory, ...options }: RejectOptions): Promise<number> {
  const read = readPolicy(policy);
  return withRecords(await openExistingRecords(options, AbortSignal.timeout(60_000)), async ({ ledger }) => {
    const origin = originOf(`reject ${run}`, options.aws);
    const rejected = await rejectPlans(approvalPorts(read, ledger), { run, directory, origin, note: reason });
    if (options.json) results.json({ run, rejected });
    else
      for (const id of rejected) results.line(`${id}: the plan of run ${run} is rejected. Nothing of it was changed.`);
    return 0;
  });
}
