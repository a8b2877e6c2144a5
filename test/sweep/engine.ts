/** An engine for durable workflows that keeps nothing: it runs a step at once and hands its result on as AWS's does, through JSON. */
import { DurablePromise } from "@aws/durable-execution-sdk-js";
import type { Durable } from "../../lib/durable.ts";

type Work = () => Promise<unknown>;

interface EngineHooks {
  /** Runs the step, and answers its result as JSON. */
  readonly step: (name: string, work: Work) => Promise<string>;
  readonly wait: (name: string, seconds: number) => Promise<void> | void;
}

export const toJson = async (work: Work): Promise<string> => JSON.stringify(await work());

export function plainEngine(hooks: EngineHooks): Durable {
  const step = (name: string, work: (context: unknown) => Promise<unknown>) =>
    new DurablePromise(async () => JSON.parse(await hooks.step(name, () => work({}))));
  const wait = (name: string, { seconds = 0 }: { readonly seconds?: number }) =>
    new DurablePromise<void>(async () => hooks.wait(name, seconds));
  const never = () => {
    throw new Error("a sweep uses steps and waits alone");
  };
  const durable: unknown = { step, wait, map: never, invoke: never };
  // The engine's overloads cannot be written down as one object literal.
  return durable as Durable;
}
