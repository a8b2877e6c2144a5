/** `demo`: three simulated vendors, a first sweep that mends what it may, a second one that finds nothing to do, the report. */

import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import * as v from "valibot";
import { WardenError } from "../../lib/errors.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { clock, openRecords, originOf, portsFor, type Records } from "../local/laptop.ts";
import { runHere } from "../local/runner.ts";
import { type SampleFiles, writeSample } from "../local/sample.ts";
import { type Simulators, startSimulators } from "../local/simulators.ts";
import { makeFolder, unwritable } from "../state/private-files.ts";
import { joinStack } from "../state/stack.ts";
import { STACK } from "../state/stack-description.ts";
import { readInput } from "../terminal/input.ts";
import { acting, STATE, wholeNumber } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, cyan, dim, green } from "../terminal/piece.ts";
import { watch } from "../terminal/progress.ts";
import { changesText, openStates, showReport } from "../terminal/summary.ts";
import { makeReport } from "./report.ts";
import { showPlaces } from "./sweep.ts";

interface DemoOptions {
  readonly accounts: number;
  readonly seed: number;
  readonly state: string;
}

export const demoCommand = (): Command =>
  new Command("demo")
    .description(
      "Shows it all on three simulated vendors: a first sweep, what is left and why, a second with nothing left to do, the report",
    )
    .option("--accounts <number>", "how many accounts they have together", wholeNumber(100), 2_000)
    .option("--seed <number>", "the same seed gives the same people", wholeNumber(0), 7)
    .option("--state <dir>", "its folder `demo` is made anew", STATE)
    .action(acting(demo));

const MARK = ".mfa-warden-demo";
const TIMES = { lease: 60, patience: 30_000 };

async function demo({ accounts, seed, state }: DemoOptions): Promise<number> {
  const folder = join(state, "demo");
  await clear(folder);
  makeFolder(folder, "state folder", "--state");
  writeFileSync(join(folder, MARK), "");
  const simulators = await startSimulators({ accounts, seed });
  try {
    await drift(simulators);
    const files = writeSample(folder, simulators, { accounts, seed });
    results.line(
      bold("mfa-warden"),
      ` sweeps three simulated vendors with ${accounts} accounts by a real policy, `,
      cyan(files.policy),
    );
    const records = await openRecords({ state: folder, lease: TIMES.lease }, AbortSignal.timeout(60_000));
    try {
      return await sweepTwice(records, files, simulators);
    } finally {
      records.close();
      await records.stop();
    }
  } finally {
    simulators.stop();
  }
}

/** Somebody has changed an MFA server profile by hand. */
async function drift({ controls, strata }: Simulators): Promise<void> {
  const body = JSON.stringify({ name: strata.wishes[0]?.name, patch: { mfa_cert_profile: "old-certificates" } });
  await fetch(`${controls.strata}/edit`, { method: "POST", body, signal: AbortSignal.timeout(10_000) });
}

/** Deletes what an earlier demo left, and nothing that is not a demo's. */
async function clear(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const foreign =
    !statSync(folder).isDirectory() || (readdirSync(folder).length > 0 && !existsSync(join(folder, MARK)));
  if (foreign)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${folder} holds something that no demo wrote; move it away, or name another folder with --state.`,
    );
  if (existsSync(join(folder, STACK.file))) await (await joinStack(folder, AbortSignal.timeout(30_000))).stop();
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw unwritable(folder, error, "state folder", "--state");
  }
}

async function sweepTwice(records: Records, files: SampleFiles, simulators: Simulators): Promise<number> {
  const changesSoFar = () => countChanges(simulators);
  heading("First sweep", "everything is new; what the policy says is mended, read back, and pushed live");
  const first = await sweep(records, files);
  await showReport(results, first, records.ledger);
  heading("Second sweep", "nothing has changed since");
  const before = await changesSoFar();
  const second = await sweep(records, files);
  const writes = (await changesSoFar()) - before;
  showSecond(second, writes);
  heading("Report");
  const { page } = await makeReport(records, { state: records.place }, AbortSignal.timeout(60_000));
  results.line("  One page for people, tables for machines: ", cyan(page));
  heading("Look closer");
  await showNext(records, files, second.run);
  const expected =
    [first, second].every(({ status }) => status === "completed") && made(first) > 0 && made(second) + writes === 0;
  return expected ? 0 : 3;
}

const made = ({ directories }: RunReport) => directories.reduce((sum, { changes }) => sum + changes.enforced, 0);

async function sweep(records: Records, files: SampleFiles): Promise<RunReport> {
  const input = await readInput(files, clock, AbortSignal.timeout(60_000));
  const { onProgress, stop } = watch(process.stderr, clock);
  const ports = { ...portsFor(input, records, TIMES), onProgress };
  return runHere(ports, { mode: "enforce", origin: originOf("demo", false) }).finally(stop);
}

/** Calls that change something at a vendor. */
const CHANGES = /^(PUT|PATCH|POST) (mfaEnabled|switch|servers?|push)$/;

/** How often the simulators were told to change something. */
async function countChanges({ controls }: Simulators): Promise<number> {
  const counts = await Promise.all(
    Object.values(controls).map(async (control) => {
      const answer = await fetch(`${control}/calls?count`, { signal: AbortSignal.timeout(10_000) });
      return Object.entries(v.parse(v.record(v.string(), v.number()), await answer.json()));
    }),
  );
  return counts.flat().reduce((sum, [call, count]) => (CHANGES.test(call) ? sum + count : sum), 0);
}

function showSecond({ directories }: RunReport, writes: number): void {
  for (const { id, read, changes, mode } of directories)
    results.line(`  ${id}: ${read} read and judged again; changes: ${changesText(changes, mode)}.`);
  results.line(
    "  ",
    green(`The vendors were told to change ${writes} things.`),
    " Nothing is left that can be mended without its person.",
  );
}

function heading(title: string, text = ""): void {
  results.line();
  results.line(bold(`── ${title} `), dim(text));
  results.line();
}

async function showNext(records: Records, files: SampleFiles, run: string): Promise<void> {
  const [someone] = await openStates(records.ledger, "workforce", 1);
  showPlaces(records, run);
  results.line(dim("policy    "), files.policy);
  results.line();
  const command = (text: string) => results.line("  npm run -s warden -- ", cyan(text));
  command(`status --state ${records.place}`);
  if (someone) command(`history workforce/${someone.id} --state ${records.place}`);
  command("simulate");
  results.line(dim("  simulate keeps them running, to try doctor, sweep and explain against."));
}
