/** An engine that runs a whole run in this process, one directory after the other, without keeping anything; waits cost no time. */
import { DurablePromise } from "@aws/durable-execution-sdk-js";
import type { Durable } from "../../lib/durable.ts";

type Work = (context: unknown) => Promise<unknown>;

export interface DirectEngineHooks {
  /** The function that is invoked for each directory. */
  readonly invoked: (durable: Durable, payload: unknown) => Promise<unknown>;
  /** @param name as the workflow calls the wait */
  readonly wait: (seconds: number, name: string) => Promise<void> | void;
}

/** Results pass through JSON, as AWS's engine hands them on. */
export function directEngine(hooks: DirectEngineHooks): Durable {
  const step = (_name: string, work: Work) => new DurablePromise(async () => throughJson(await work({})));
  const wait = (name: string, { seconds }: { readonly seconds: number }) =>
    new DurablePromise<void>(async () => hooks.wait(seconds, name));
  const invoke = (_name: string, _function: string, payload: unknown) =>
    new DurablePromise(async () => throughJson(await hooks.invoked(durable, throughJson(payload))));
  const map = (_name: string, items: readonly unknown[], visit: (child: Durable, item: unknown) => Promise<unknown>) =>
    new DurablePromise(async () => {
      const all = [];
      for (const [index, item] of items.entries()) all.push({ index, result: await visit(durable, item) });
      return { all };
    });
  const engine: unknown = { step, wait, invoke, map };
  // The engine's overloads cannot be written down as one object literal.
  const durable = engine as Durable;
  return durable;
}

const throughJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
