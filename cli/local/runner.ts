/** Runs the deployed workflows in this process, under AWS's own local engine for durable functions. */
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { type LongLivedPorts, runHandler, sweepHandler } from "../../functions/workflows.ts";
import { WardenError } from "../../lib/errors.ts";
import type { RunOrder, RunPorts, RunReport } from "../../lib/run/index.ts";
import type { SweepPorts } from "../../lib/sweep/index.ts";

const SWEEPER = "sweep";

/** What both workflows get, which here run in one process. */
export type LocalRunPorts = RunPorts & SweepPorts;

/** One run from start to end. The engine keeps nothing across processes: after a crash a new run takes over by lease and claims. */
export async function runHere(ports: LongLivedPorts<LocalRunPorts>, order: RunOrder): Promise<RunReport> {
  await LocalDurableTestRunner.setupTestEnvironment();
  try {
    return await runInEngine(ports, order);
  } finally {
    await LocalDurableTestRunner.teardownTestEnvironment();
  }
}

/** The same, where somebody else has started the engine and ends it. */
export async function runInEngine(ports: LongLivedPorts<LocalRunPorts>, order: RunOrder): Promise<RunReport> {
  const runner = new LocalDurableTestRunner<RunReport>({ handlerFunction: runHandler(ports, SWEEPER) });
  runner.registerDurableFunction(SWEEPER, sweepHandler(ports));
  const execution = await runner.run({ payload: order });
  if (execution.getStatus() !== "SUCCEEDED") throw failure(execution.getError(), execution.getStatus());
  const report = execution.getResult();
  if (report !== undefined) return report;
  throw new WardenError(
    "ERR_INTERNAL",
    `The run ended as ${execution.getStatus()} without a report; run again with --debug.`,
  );
}

/** The engine keeps an error's name and sentence, and loses its class and its code. */
interface EngineError {
  readonly errorType?: string | undefined;
  readonly errorMessage?: string | undefined;
}

/** Of our own errors only one ever ends a run: that nothing can be recorded. What is foreign may hold a body or a secret. */
function failure({ errorType, errorMessage }: EngineError, status: string | undefined): WardenError {
  if (errorType === "WardenError" && errorMessage)
    return new WardenError("ERR_LEDGER_UNAVAILABLE", errorMessage.trim());
  return new WardenError("ERR_INTERNAL", `The run ended as ${status} without a report; run again with --debug.`);
}
