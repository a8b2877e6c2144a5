/** `approve`: a person lets a plan be applied; a new run reads everybody again and makes exactly those changes. */

import { Command } from "commander";
import { type ApprovedPlans, approvePlans, reopenPlans } from "../../lib/approval/index.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { approvalPorts } from "../approval/ports.ts";
import { decideRemotely } from "../approval/remote.ts";
import { readInput } from "../input/read-input.ts";
import { plainReason } from "../input/reason.ts";
import { parseWaveWait, type WaveWait } from "../input/wave-wait.ts";
import { originOf } from "../local/origin.ts";
import { clock, openExistingRecords, withRecords } from "../local/records.ts";
import { runSweep, showRun } from "../sweep/run-sweep.ts";
import { exitWith, type PolicyOptions, withApprovals, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

interface ApproveOptions extends Omit<PolicyOptions, "directory"> {
  /** Hash. */
  readonly plan: string;
  readonly directory?: string;
  readonly note?: string;
  readonly waveWait?: WaveWait;
  readonly approvals?: string;
}

export const approveCommand = (): Command =>
  withApprovals(withPolicy(new Command("approve")))
    .description("Approves the plan of a run, and makes its changes: reads everybody again, and changes nothing else")
    .argument("<run>", "id of the run that made the plan")
    .requiredOption("--plan <hash>", "hash of the plan, as `plan` shows it")
    .option("--directory <id>", "only the plan of this directory")
    .option("--note <text>", "what to keep on record with it", plainReason)
    .option("--wave-wait <time>", "rest between two waves of changes, like 10m; at most 15m", parseWaveWait)
    .action(exitWith(approve));

async function approve(run: string, options: ApproveOptions): Promise<number> {
  return options.aws ? approveThere(run, options) : approveHere(run, options);
}

/** In AWS who approves is who signs, and the run is started there. */
async function approveThere(run: string, options: ApproveOptions): Promise<number> {
  const { plan: hash, directory, note, waveWait, approvals } = options;
  const decision = { action: "approve", run, hash, directory, note, waveWaitSeconds: waveWait?.seconds } as const;
  const answer = await decideRemotely(approvals, decision);
  if (options.json) results.json(answer);
  else results.line("Approved. The run that applies it has been started; `status --aws` shows it in a minute.");
  return 0;
}

async function approveHere(run: string, options: ApproveOptions): Promise<number> {
  const { directory, plan: hash, note, waveWait, ...rest } = options;
  const policyOptions = { ...rest, ...(directory === undefined ? {} : { directory: [directory] }) };
  const { signal } = new AbortController();
  const input = await readInput(policyOptions, clock, signal);
  return withRecords(await openExistingRecords(options, signal), async (records) => {
    const ports = approvalPorts(input.policy, records.ledger);
    const origin = originOf(`approve ${run}`, options.aws);
    const approved = await approvePlans(ports, { run, hash, directory, note, origin });
    const apply = async (): Promise<RunReport> =>
      runSweep(input, records, policyOptions, { ...orderOf(approved, waveWait), origin });
    const report = await apply().catch(async (error: unknown) => {
      await reopenPlans(ports, approved, "its run did not begin");
      throw error;
    });
    return showRun(report, records, policyOptions, { policy: input.policy });
  });
}

const orderOf = (applies: ApprovedPlans, waveWait: WaveWait | undefined) =>
  omitUndefined({
    mode: "enforce" as const,
    directories: Object.keys(applies.plans),
    applies,
    waveWaitSeconds: waveWait?.seconds,
  });
