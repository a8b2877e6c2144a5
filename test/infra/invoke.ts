/**
 * Loads handlers as they were zipped, each with its own environment, and calls one of them once, as Lambda does. Reads an `Order`
 * from standard input and ends with one line of JSON: a `Reply`.
 */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";

export interface Order {
  readonly called: Zipped;
  /** Called by it: under this ARN, with an access key of its own. */
  readonly callee?: Zipped & { readonly arn: string; readonly credentials: Variables };
  readonly durable: boolean;
  readonly event: object;
  readonly arn: string;
}

export type Variables = Readonly<Record<string, string>>;

export interface Zipped {
  /** Where it was unzipped to. */
  readonly folder: string;
  readonly file: string;
  readonly environment: Variables;
}

export interface Reply {
  readonly answer: unknown;
  /** Of this process; of both functions where one calls the other. */
  readonly peakMiB: number;
}

/** A client reads its credentials when it is first used: in one process, two functions each need their own. */
const credentials = new AsyncLocalStorage<Variables>();
process.env = new Proxy(
  { ...process.env },
  {
    get: (variables, name: string) => credentials.getStore()?.[name] ?? Reflect.get(variables, name),
  },
);

/** A handler reads its environment, and its policy from the folder it is in, when it is loaded. */
async function load({ folder, file, environment }: Zipped) {
  process.chdir(folder);
  const before = { ...process.env };
  Object.assign(process.env, environment);
  const { handler } = await import(pathToFileURL(join(folder, file)).href);
  for (const name of Object.keys(environment)) delete process.env[name];
  Object.assign(process.env, before);
  assert.ok(typeof handler === "function", `${file} exports no handler`);
  return handler;
}

async function main(): Promise<unknown> {
  const { called, callee, durable, event, arn }: Order = JSON.parse(await text(process.stdin));
  const other = callee && (await load(callee));
  const calleeHandler = (...args: unknown[]) => credentials.run(callee?.credentials ?? {}, () => other(...args));
  const handler = await load(called);
  Object.assign(process.env, called.environment);
  if (!durable) return handler(event, { getRemainingTimeInMillis: () => 30_000, invokedFunctionArn: arn });
  await LocalDurableTestRunner.setupTestEnvironment();
  const runner = new LocalDurableTestRunner({ handlerFunction: handler });
  if (callee) runner.registerDurableFunction(callee.arn, calleeHandler);
  const execution = await runner.run({ payload: event });
  const result = execution.getResult();
  await LocalDurableTestRunner.teardownTestEnvironment();
  return result;
}

/** Node would quote the line that threw, which is a whole bundle here: more than a pipe takes before the process is gone. */
function giveUp(error: unknown): never {
  writeSync(process.stderr.fd, `${inspect(error)}\n`);
  process.exit(1);
}

const answer = await main().catch(giveUp);
const reply: Reply = { answer: answer ?? null, peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) };
process.stdout.write(`\n${JSON.stringify(reply)}\n`, () => process.exit(0));
