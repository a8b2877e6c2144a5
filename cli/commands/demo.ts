/** `demo`: a simulated PingOne, a first sweep that switches MFA on, and a second one that finds nothing left to do. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import * as v from "valibot";
import { WardenError } from "../../lib/errors.ts";
import type { RunReport } from "../../lib/run.ts";
import { readInput } from "../input.ts";
import { clock, openRecords, originOf, portsFor, type Records } from "../laptop.ts";
import { acting, STATE, wholeNumber } from "../options.ts";
import { results } from "../output.ts";
import { bold, cyan, dim, green } from "../print.ts";
import { watch } from "../progress.ts";
import { runHere } from "../runner.ts";
import { type SampleFiles, SHARE, writeSample } from "../sample.ts";
import { joinStack, makeFolder, STACK, unwritable } from "../stack.ts";
import { changesText, openStates, showReport } from "../summary.ts";
import { showPlaces } from "./sweep.ts";

interface DemoOptions {
  readonly accounts: number;
  readonly seed: number;
  readonly state: string;
}

export const demoCommand = (): Command =>
  new Command("demo")
    .description(
      "Shows it all on a simulated PingOne: a first sweep, what is left and why, a second sweep with nothing left to do",
    )
    .option("--accounts <number>", "how many people the simulated PingOne has", wholeNumber(100), 2_000)
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
  const simulator = await startSimulator(accounts, seed);
  try {
    const files = writeSample(folder, simulator, { accounts, seed });
    results.line(
      bold("mfa-warden"),
      ` sweeps a simulated PingOne with ${accounts} people by a real policy, `,
      cyan(files.policy),
    );
    const records = await openRecords({ state: folder, lease: TIMES.lease }, AbortSignal.timeout(60_000));
    try {
      return await sweepTwice(records, files, simulator);
    } finally {
      records.close();
      await records.stop();
    }
  } finally {
    simulator.child.kill();
  }
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

const announced = v.object({
  endpoints: v.object({ api: v.string(), auth: v.string() }),
  environment: v.string(),
  credentials: v.object({ clientId: v.string(), clientSecret: v.string() }),
  control: v.string(),
});
type Simulator = v.InferOutput<typeof announced> & { readonly child: ChildProcess };

/** In a process of its own, which ends with this one. */
async function startSimulator(accounts: number, seed: number): Promise<Simulator> {
  const script = fileURLToPath(new URL("../../simulators/pingone.ts", import.meta.url));
  const args = ["--accounts", accounts, "--seed", seed, "--share", SHARE].map(String);
  const child = spawn(process.execPath, [script, ...args, "--with-parent"], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), once(child, "exit")]);
  if (typeof line === "string") return { ...v.parse(announced, JSON.parse(line)), child };
  throw new WardenError("ERR_INTERNAL", "The simulator ended before it answered; run `simulate` to see why.");
}

async function sweepTwice(records: Records, files: SampleFiles, simulator: Simulator): Promise<number> {
  const changesSoFar = () => countChanges(simulator.control);
  heading("First sweep", "everything is new; MFA is switched on where the policy says so, and read back");
  const first = await sweep(records, files);
  await showReport(results, first, records.ledger);
  heading("Second sweep", "nothing has changed since");
  const before = await changesSoFar();
  const second = await sweep(records, files);
  const writes = (await changesSoFar()) - before;
  showSecond(second, writes);
  heading("Look closer");
  await showNext(records, files, second.run);
  const expected =
    [first, second].every(({ status }) => status === "completed") && made(first) > 0 && made(second) + writes === 0;
  return expected ? 0 : 3;
}

const made = ({ directories }: RunReport) => directories.reduce((sum, { changes }) => sum + changes.enforced, 0);

async function sweep(records: Records, files: SampleFiles): Promise<RunReport> {
  const input = await readInput(files, clock, AbortSignal.timeout(60_000));
  const { tell, stop } = watch(process.stderr, clock);
  const ports = { ...portsFor(input, records, TIMES), tell };
  return runHere(ports, { mode: "enforce", origin: originOf("demo", false) }).finally(stop);
}

/** How often the simulator was told to change somebody's MFA. */
async function countChanges(control: string): Promise<number> {
  const answer = await fetch(`${control}/calls?count`, { signal: AbortSignal.timeout(10_000) });
  return v.parse(v.record(v.string(), v.number()), await answer.json())["PUT mfaEnabled"] ?? 0;
}

function showSecond({ directories }: RunReport, writes: number): void {
  for (const { id, read, changes, mode } of directories) {
    results.line(`  ${id}: ${read} accounts read and judged again; changes: ${changesText(changes, mode)}.`);
    results.line(
      "  ",
      green(`PingOne was told to change ${writes} accounts.`),
      " Nothing is left that can be switched on without its person.",
    );
  }
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
  results.line(dim("  simulate keeps a PingOne running, to try doctor, sweep and explain against."));
}
