/** Steps of a durable workflow that answer what happened instead of throwing, and rest in time for a fresh invocation. */
import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { problemOf } from "./errors.ts";
import type { Clock, Problem } from "./model/index.ts";

/** What a workflow needs of the engine. */
export type Durable = Pick<DurableContext, "step" | "wait" | "map" | "invoke">;

export type StepResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

export interface InvocationClock {
  readonly clock: Clock;
  /** When this invocation began, by the same clock. */
  readonly invokedAt: number;
}

/** An invocation ends after 15 minutes at the latest; past this age the workflow asks for a fresh one. */
const MAX_INVOCATION_AGE_MS = 10 * 60_000;

/**
 * Runs one step. It is not retried by the engine: a thrown error would lose its code, and what is worth asking again has been
 * asked again inside. A step that died with its invocation is run again, so `work` must be safe to run twice.
 * @param deadline milliseconds after which the step's signal aborts
 */
export async function runStep<T>(
  ctx: Durable,
  pace: InvocationClock,
  name: string,
  deadline: number,
  work: (signal: AbortSignal) => Promise<T>,
  directory?: string,
): Promise<StepResult<T>> {
  const step = async () => {
    const result = await runToResult(work, deadline, directory);
    return { result, rest: pace.clock() - pace.invokedAt > MAX_INVOCATION_AGE_MS };
  };
  const { result, rest } = await ctx.step(name, step, { retryStrategy: () => ({ shouldRetry: false }) });
  if (rest) await ctx.wait(`${name}-rest`, { seconds: 1 });
  return result;
}

async function runToResult<T>(
  work: (signal: AbortSignal) => Promise<T>,
  deadline: number,
  directory?: string,
): Promise<StepResult<T>> {
  try {
    return { ok: true, value: await work(AbortSignal.timeout(deadline)) };
  } catch (error) {
    return { ok: false, problem: problemOf(error, directory) };
  }
}
