/** `reject`: a person ends a plan that waits, with a reason; nothing of it can be applied any more. */

import { Command } from "commander";
import { rejectPlans } from "../../lib/approval/index.ts";
import { approvalPorts } from "../approval/ports.ts";
import { decideRemotely } from "../approval/remote.ts";
import { readPolicy } from "../input/policy-file.ts";
import { plainReason } from "../input/reason.ts";
import { originOf } from "../local/origin.ts";
import { openExistingRecords, withRecords } from "../local/records.ts";
import { exitWith, policyOption, type StateOptions, withApprovals, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

interface RejectOptions extends StateOptions {
  readonly policy: string;
  readonly reason: string;
  readonly directory?: string;
  readonly approvals?: string;
}

export const rejectCommand = (): Command =>
  withApprovals(withState(new Command("reject")))
    .description("Ends the plan of a run: nobody can approve it any more")
    .argument("<run>", "id of the run that made the plan")
    .requiredOption("--reason <text>", "why; kept on record", plainReason)
    .option("--directory <id>", "only the plan of this directory")
    .addOption(policyOption("policy file, which says who may decide"))
    .action(exitWith(reject));

async function reject(run: string, options: RejectOptions): Promise<number> {
  return options.aws ? rejectThere(run, options) : rejectHere(run, options);
}

async function rejectThere(run: string, { approvals, reason, directory, json }: RejectOptions): Promise<number> {
  const answer = await decideRemotely(approvals, { action: "reject", run, directory, note: reason });
  if (json) results.json(answer);
  else results.line(`The plan of run ${run} is rejected. Nothing of it was changed.`);
  return 0;
}

async function rejectHere(run: string, { policy, reason, directory, ...options }: RejectOptions): Promise<number> {
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
