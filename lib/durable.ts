/** Steps of a durable workflow: they answer what happened instead of throwing, and an old invocation gives way to a fresh one. */
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

export interface StepRequest<T> {
  /** Never changes between versions: an execution in flight finds its results by name, and they are JSON. */
  readonly name: string;
  /** After so many milliseconds the step's signal aborts. */
  readonly deadlineMs: number;
  /** Named in the problem if the step fails. */
  readonly directory?: string;
  /** Must be safe to run twice: a step that died with its invocation is run again. */
  readonly work: (signal: AbortSignal) => Promise<T>;
}

/** An invocation ends after 15 minutes at the latest; past this age the workflow asks for a fresh one. */
const MAX_INVOCATION_AGE_MS = 10 * 60_000;

/**
 * Runs one step. The engine does not retry it: a thrown error would lose its code, and what is worth asking again has been asked
 * again inside.
 */
export async function runStep<T>(
  durable: Durable,
  invocation: InvocationClock,
  request: StepRequest<T>,
): Promise<StepResult<T>> {
  const step = async () => {
    const result = await runToResult(request);
    return { result, rest: invocation.clock() - invocation.invokedAt > MAX_INVOCATION_AGE_MS };
  };
  const { result, rest: needsFreshInvocation } = await durable.step(request.name, step, {
    retryStrategy: () => ({ shouldRetry: false }),
  });
  if (needsFreshInvocation) await durable.wait(`${request.name}-rest`, { seconds: 1 });
  return result;
}

async function runToResult<T>({ work, deadlineMs, directory }: StepRequest<T>): Promise<StepResult<T>> {
  try {
    return { ok: true, value: await work(AbortSignal.timeout(deadlineMs)) };
  } catch (error) {
    return { ok: false, problem: problemOf(error, directory) };
  }
}
