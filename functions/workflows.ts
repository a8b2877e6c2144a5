/** The two workflows as Lambda handlers under middy's durable mode; a laptop runs the same ones. */
import type { DurableContext, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import middy from "@middy/core";
import { executionModeDurableContext } from "@middy/core/DurableContext";
import { type RunOrder, type RunPorts, runDirectories } from "../lib/run/index.ts";
import { type SweepOrder, type SweepPorts, sweep } from "../lib/sweep/index.ts";

/** Ports without the moment of the invocation, which each invocation adds. */
export type LongLivedPorts<T extends { readonly invokedAt: number }> = Omit<T, "invokedAt">;

export const sweepHandler = (ports: LongLivedPorts<SweepPorts>): DurableLambdaHandler =>
  durable<SweepOrder>((order, ctx) => sweep(ctx, { ...ports, invokedAt: ports.clock() }, order));

/** @param sweeper name or ARN of the deployed sweep function */
export const runHandler = (ports: LongLivedPorts<RunPorts>, sweeper: string): DurableLambdaHandler =>
  durable<RunOrder>((order, ctx) => runDirectories(ctx, { ...ports, invokedAt: ports.clock() }, order, sweeper));

function durable<Order>(workflow: (order: Order, ctx: DurableContext) => Promise<unknown>): DurableLambdaHandler {
  // middy's early timeout would end the whole execution, not this invocation; and its timer keeps the process alive.
  const mode = { executionMode: executionModeDurableContext, timeoutEarlyInMillis: 0 };
  const handler: unknown = middy<Order, unknown, Error, DurableContext>(workflow, mode);
  // middy types a handler by what it is given; what AWS calls takes the engine's envelope.
  return handler as DurableLambdaHandler;
}
