/** `sweep`: one run over the policy's directories, and what it came to. */

import { Command, Option } from "commander";
import { type Mode, omitUndefined } from "../../lib/model/index.ts";
import type { RunOrder, RunReport } from "../../lib/run/index.ts";
import { concludeFindings, findingJudge } from "../findings/judge.ts";
import { type FindingOptions, withFindings } from "../findings/options.ts";
import { type Input, readInput } from "../input/read-input.ts";
import { parseWaveWait, type WaveWait } from "../input/wave-wait.ts";
import { starterOf } from "../local/origin.ts";
import { clock, openRecords, withRecords } from "../local/records.ts";
import { confirmFirstEnforcement } from "../sweep/first-enforcement.ts";
import { sweepAccount } from "../sweep/one-account.ts";
import { runSweep, showRun } from "../sweep/run-sweep.ts";
import { collect, exitWith, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { dim } from "../terminal/piece.ts";

interface SweepOptions extends PolicyOptions, FindingOptions {
  readonly mode: Mode;
  readonly waveWait?: WaveWait;
  readonly account?: string;
  readonly yes?: boolean;
}

export const sweepCommand = (): Command =>
  withFindings(withPolicy(new Command("sweep")))
    .description("Reads and judges every account; with --mode enforce, also switches MFA on where the policy says so")
    .addOption(new Option("--mode <mode>", "plan changes nothing").choices(["plan", "enforce"]).default("plan"))
    .option("--directory <id>", "only this directory; may be repeated", collect)
    .option("--wave-wait <time>", "rest between two waves of changes, like 10m; at most 15m", parseWaveWait)
    .addOption(
      new Option(
        "--account <name>",
        "only this account, by the vendor's id or the exact user name, or DIRECTORY/ACCOUNT: no sweep, and never reported as one",
      ).conflicts(["waveWait", "failOn", "newSince"]),
    )
    .option("--quiet", "prints only errors, and the last line with the coverage")
    .option("--yes", "on a terminal: changes accounts of a directory for the first time without asking")
    .action(exitWith(sweep));

async function sweep(options: SweepOptions): Promise<number> {
  const { account, mode } = options;
  if (account !== undefined) return sweepAccount(account, mode, options);
  const { signal } = new AbortController();
  const input = await readInput(options, clock, signal);
  return withRecords(await openRecords(options, signal), async (records) => {
    if (mode === "enforce") await confirmFirstEnforcement(input, records.ledger, options);
    const judge = await findingJudge(records, options);
    const report = await runSweep(input, records, options, await orderOf(input, options));
    const findings = await judge?.(report.directories, input.directories);
    const usual = await showRun(report, records, options, { policy: input.policy, findings });
    const next = options.mode === "plan" && !options.json && !options.quiet ? nextStep(report) : undefined;
    if (next !== undefined) results.line(dim(`Nothing was changed. ${next}`));
    return concludeFindings(findings, usual);
  });
}

async function orderOf({ directories }: Input, options: SweepOptions): Promise<RunOrder> {
  const { mode, directory = [], waveWait, aws } = options;
  const resting = waveWait === undefined ? [] : ["--wave-wait", waveWait.text];
  const command = ["sweep", "--mode", mode, ...directory.flatMap((id) => ["--directory", id]), ...resting];
  return omitUndefined({
    mode,
    origin: await starterOf(command.join(" "), aws),
    directories,
    waveWaitSeconds: waveWait?.seconds,
  });
}

/** After a plan. Nothing where no change could be made. */
function nextStep({ status, directories }: RunReport): string | undefined {
  if (status !== "completed") return "Correct the problem above first, then sweep again.";
  if (!directories.some(({ changes }) => changes.planned > changes["needs-user"])) return undefined;
  return "Sweep with --mode enforce to make the planned changes.";
}
