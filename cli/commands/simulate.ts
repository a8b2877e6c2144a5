/** `simulate`: a PingOne to play with, in the foreground, with a policy and a secrets file that fit it. */

import { once } from "node:events";
import { join } from "node:path";
import { Command } from "commander";
import { startPingOne } from "../../simulators/pingone.ts";
import { acting, STATE, wholeNumber } from "../options.ts";
import { results } from "../output.ts";
import { bold, dim } from "../print.ts";
import { type SampleFiles, SHARE, writeSample } from "../sample.ts";

interface SimulateOptions {
  readonly accounts: number;
  readonly seed: number;
  readonly port: number;
  readonly out: string;
}

export const simulateCommand = (): Command =>
  new Command("simulate")
    .description("Runs a simulated PingOne until Ctrl-C, and writes a policy and a secrets file to try against it")
    .option("--accounts <number>", "how many people it has", wholeNumber(10), 2_000)
    .option("--seed <number>", "the same seed gives the same people", wholeNumber(0), 7)
    .option("--port <number>", "0: any free one", wholeNumber(0), 0)
    .option("--out <dir>", "where to write the two files", join(STATE, "simulate"))
    .action(acting(simulate));

async function simulate({ accounts, seed, port, out }: SimulateOptions): Promise<number> {
  const ends = [once(process, "SIGINT"), once(process, "SIGTERM")];
  const pingone = await startPingOne({ accounts, seed, port, mfaEnabledShare: SHARE });
  const files = writeSample(out, pingone, { accounts, seed });
  results.line("A PingOne with ", bold(accounts), " people answers at ", bold(pingone.endpoints.auth), ".");
  results.line("In another terminal:");
  showCommands(files, join(out, "state"), pingone.account(0).id);
  results.line(dim("Ctrl-C ends it."));
  await Promise.race(ends);
  await pingone.close();
  return 0;
}

function showCommands({ policy, secrets }: SampleFiles, state: string, id: string): void {
  const files = `--policy ${policy} --secrets ${secrets} --state ${state}`;
  for (const command of ["doctor", "sweep", "sweep --mode enforce", `explain workforce/${id}`])
    results.line(`  npm run -s warden -- ${command} ${files}`);
  results.line(`  npm run -s warden -- status --state ${state}`);
}
