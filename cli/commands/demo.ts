/** `demo`: four simulated vendors, a first sweep that corrects what it may, a second one that finds nothing to do, the report. */

import { join } from "node:path";
import { Command } from "commander";
import { omitUndefined } from "../../lib/model/index.ts";
import { shellWord } from "../../lib/notice/index.ts";
import { describePeople } from "../../lib/report/index.ts";
import type { RunOrder, RunReport } from "../../lib/run/index.ts";
import { renewDemoFolder } from "../demo/demo-folder.ts";
import { showHeading } from "../demo/heading.ts";
import { LARGE_TENANT, type LargeStage, runLargeDemo } from "../demo/large-demo.ts";
import { changeProfileByHand, countChangingCalls } from "../demo/vendor-changes.ts";
import { readInput } from "../input/read-input.ts";
import { originOf } from "../local/origin.ts";
import { sweepPorts } from "../local/ports.ts";
import { clock, openRecords, type Records } from "../local/records.ts";
import { writeSample } from "../local/sample.ts";
import { KEYCLOAK_USERS, type SampleFiles } from "../local/sample-settings.ts";
import { type Simulators, startSimulators } from "../local/simulators.ts";
import { runUntilStopped } from "../local/stoppable-run.ts";
import { makeReport } from "../report/make-report.ts";
import { commandWord } from "../terminal/command-text.ts";
import { listOpenStates } from "../terminal/open-accounts.ts";
import { exitWith, stateOption, wholeNumber } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, cyan, dim, green } from "../terminal/piece.ts";
import { showPlaces } from "../terminal/places.ts";
import { showProgress } from "../terminal/progress.ts";
import { changesText, showReport } from "../terminal/summary.ts";

interface DemoOptions {
  readonly accounts?: number;
  readonly large?: boolean;
  readonly seed: number;
  readonly state: string;
}

const TIMES = { lease: 60, patience: 30_000 };
const DEADLINE_MS = 60_000;
const NOT_AS_EXPECTED = 3;
const ACCOUNTS = 2_000;

export const demoCommand = (): Command =>
  new Command("demo")
    .description(
      "Shows it all on four simulated vendors: a first sweep, what is left and why, a second with nothing left to do, the report",
    )
    .option("--accounts <number>", `how many accounts they have together (default: ${ACCOUNTS})`, wholeNumber(100))
    .option(
      "--large",
      "shows how a plan over the limits is approved, applied in waves, halted, resumed and rolled back",
    )
    .option("--seed <number>", "the same seed gives the same people", wholeNumber(0), 7)
    .addOption(stateOption("its folder `demo` is made anew"))
    .action(exitWith(demo));

async function demo({ accounts, large, seed, state }: DemoOptions): Promise<number> {
  const folder = join(state, "demo");
  await renewDemoFolder(folder);
  const defaults = large ? LARGE_TENANT : { accounts: ACCOUNTS };
  const sample = { ...defaults, ...omitUndefined({ accounts }), seed, otherUsers: KEYCLOAK_USERS };
  const simulators = await startSimulators(sample);
  try {
    await changeProfileByHand(simulators);
    const files = writeSample(folder, simulators, sample);
    results.line(
      bold("mfa-warden"),
      ` sweeps four simulated vendors with ${sample.accounts} accounts by a real policy, `,
      cyan(files.policy),
    );
    return await withDemoRecords(folder, (records) =>
      large ? showLarge({ records, files, simulators }) : showTwoSweeps(records, files, simulators),
    );
  } finally {
    simulators.stop();
  }
}

async function withDemoRecords(folder: string, show: (records: Records) => Promise<number>): Promise<number> {
  const records = await openRecords({ state: folder, lease: TIMES.lease }, AbortSignal.timeout(DEADLINE_MS));
  try {
    return await show(records);
  } finally {
    records.close();
    await records.stop();
  }
}

async function showLarge(stage: LargeStage): Promise<number> {
  const { asExpected, run } = await runLargeDemo(stage);
  await showReportPage(stage.records);
  await showNextCommands(stage.records, stage.files, run);
  return asExpected ? 0 : NOT_AS_EXPECTED;
}

async function showTwoSweeps(records: Records, files: SampleFiles, simulators: Simulators): Promise<number> {
  const { runs, secondWrites } = await sweepTwice(records, files, simulators);
  await showReportPage(records);
  await showNextCommands(records, files, runs.at(-1)?.run ?? "");
  const [first = 0, second = 0] = runs.map(countEnforced);
  const asExpected = runs.every(({ status }) => status === "completed") && first > 0 && second + secondWrites === 0;
  return asExpected ? 0 : NOT_AS_EXPECTED;
}

const countEnforced = ({ directories }: RunReport) =>
  directories.reduce((sum, { changes }) => sum + changes.enforced, 0);

interface TwoSweeps {
  readonly runs: readonly RunReport[];
  /** How often the second sweep told a vendor to change something. */
  readonly secondWrites: number;
}

async function sweepTwice(records: Records, files: SampleFiles, simulators: Simulators): Promise<TwoSweeps> {
  showHeading("First sweep", "every account is new; what breaks the policy is changed, read back, and pushed live");
  const first = await sweep(records, files);
  await showReport(results, first, records.ledger);
  showHeading("Second sweep", "nothing has changed since");
  const before = await countChangingCalls(simulators);
  const second = await sweep(records, files);
  const secondWrites = (await countChangingCalls(simulators)) - before;
  showSecondSweep(second, secondWrites);
  return { runs: [first, second], secondWrites };
}

async function sweep(records: Records, files: SampleFiles): Promise<RunReport> {
  const input = await readInput(files, clock, AbortSignal.timeout(DEADLINE_MS));
  const order: RunOrder = { mode: "enforce", origin: originOf("demo", false) };
  return runUntilStopped(sweepPorts(input, records, TIMES), order, showProgress(process.stderr, clock), false);
}

function showSecondSweep({ directories }: RunReport, writes: number): void {
  for (const { id, read, changes, mode } of directories)
    results.line(`  ${id}: ${read} read and judged again; changes: ${changesText(changes, mode)}.`);
  results.line(
    "  ",
    green(`The vendors were told to change ${writes} things.`),
    " What is left needs the users themselves.",
  );
}

async function showReportPage(records: Records): Promise<void> {
  showHeading("Report");
  const { page, people } = await makeReport(records, {}, AbortSignal.timeout(DEADLINE_MS));
  if (people) results.line("  People: ", bold(describePeople(people)));
  results.line("  One page for people, tables for machines: ", cyan(page));
}

async function showNextCommands(records: Records, files: SampleFiles, run: string): Promise<void> {
  showHeading("Look closer");
  const [someone] = await listOpenStates(records.ledger, "workforce", 1);
  showPlaces(records, run);
  results.line(dim("policy    "), files.policy);
  results.line();
  const showCommand = (text: string) => results.line(`  ${commandWord} `, cyan(text));
  showCommand(`status --state ${shellWord(records.place)}`);
  if (files.person !== undefined)
    showCommand(
      `explain ${files.person} --policy ${shellWord(files.policy)} --secrets ${shellWord(files.secrets)} --state ${shellWord(records.place)}`,
    );
  if (someone) showCommand(`history workforce/${someone.id} --state ${shellWord(records.place)}`);
  showCommand("simulate");
  results.line(dim("  simulate keeps them running, to try doctor, sweep and explain against."));
}
