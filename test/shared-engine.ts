/** AWS's local engine, kept up from one run to the next of a test's process: to start it takes longer than a run. */
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { runInEngine } from "../cli/local/runner.ts";
import type { RunReport } from "../lib/run/index.ts";

/** After the last run it ends by itself, so that the process can. */
const IDLE_MS = 150;

let started: Promise<void> | undefined;
let ended: Promise<void> = Promise.resolve();
let idle: NodeJS.Timeout | undefined;

/** One run from start to end, one at a time. */
export async function runHere(...[ports, order]: Parameters<typeof runInEngine>): Promise<RunReport> {
  clearTimeout(idle);
  started ??= ended.then(() => LocalDurableTestRunner.setupTestEnvironment());
  await started;
  try {
    return await runInEngine(ports, order);
  } finally {
    idle = setTimeout(stopEngine, IDLE_MS);
  }
}

/** For a test that starts an engine of its own. */
export async function stopEngine(): Promise<void> {
  clearTimeout(idle);
  if (started) ended = started.then(() => LocalDurableTestRunner.teardownTestEnvironment());
  started = undefined;
  await ended;
}
