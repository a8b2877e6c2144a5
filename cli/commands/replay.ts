/** `replay`: shows what is in the dead-letter queue, and puts back what may be tried again. */

import { createInterface, type Interface } from "node:readline/promises";
import { Command } from "commander";
import * as v from "valibot";
import { WardenError } from "../../lib/errors.ts";
import type { Queue, QueueMessage, ReceivedMessage } from "../../lib/model/index.ts";
import { readMessage, readRotation } from "../../lib/recheck/index.ts";
import { openExisting, using } from "../local/laptop.ts";
import { acting, type StateOptions, withQueue, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, yellow } from "../terminal/piece.ts";

interface ReplayOptions extends StateOptions {
  readonly yes?: boolean;
}

/** One message with the dead letters. */
interface Dead extends Pick<ReceivedMessage, "id" | "receives"> {
  /** In words, for people. */
  readonly what: string;
  /** The latest of its events; ISO 8601. */
  readonly at?: string;
  /** What would go back; absent where that helps nobody. */
  readonly messages?: readonly QueueMessage[];
}

type Fate = "moved" | "kept" | "cannot be moved";

export const replayCommand = (): Command =>
  withQueue(withState(new Command("replay")))
    .description("Shows each message of the dead-letter queue and asks whether to put it back on the event queue")
    .option("--yes", "put back everything that can be, without asking")
    .action(acting(replay));

async function replay(options: ReplayOptions): Promise<number> {
  const { signal } = new AbortController();
  const asks = process.stdin.isTTY && process.stderr.isTTY && !options.yes && !options.json;
  const terminal = asks ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  try {
    return await using(await openExisting(options, AbortSignal.timeout(60_000)), async (records) => {
      const found = await walk(records.queue(), decider(options.yes, terminal), options.json, signal);
      if (options.json) results.json({ messages: found });
      else summarize(found, options.yes === true || asks);
      return 0;
    });
  } finally {
    terminal?.close();
  }
}

/** `q` also answers for all that come after. */
type Decide = (dead: Dead) => Promise<boolean>;

function decider(yes: boolean | undefined, terminal: Interface | undefined): Decide {
  let quit = false;
  return async () => {
    if (yes || !terminal || quit) return yes === true;
    for (;;) {
      const answer = (await terminal.question("  Put it back? [y/n/q] ")).trim().toLowerCase();
      quit = answer === "q";
      if (quit || answer === "n") return false;
      if (answer === "y") return true;
    }
  };
}

type Found = Dead & { readonly fate: Fate };

/** Every message once. Those that stay are hidden until the end, so that none comes round again, and then let go. */
async function walk(queue: Queue, decide: Decide, silent: boolean | undefined, signal: AbortSignal): Promise<Found[]> {
  const found = new Map<string, Found>();
  const kept: string[] = [];
  try {
    for await (const message of readDeadLetters(queue, signal)) {
      if (found.has(message.id)) {
        kept.push(message.receipt);
        continue;
      }
      const dead = { id: message.id, receives: message.receives, ...readDead(message.body) };
      if (!silent) show(dead);
      const fate = await settle(queue, message, dead, decide, signal);
      if (fate !== "moved") kept.push(message.receipt);
      found.set(message.id, { ...dead, fate });
    }
  } finally {
    await Promise.allSettled(kept.map((receipt) => queue.deadLetters.delay(receipt, 0, signal)));
  }
  return [...found.values()];
}

const AT_ONCE = 10;
const WAIT_SECONDS = 1;

/** What is received is hidden for a while: a person who thinks long meets a message twice. */
async function* readDeadLetters({ deadLetters }: Queue, signal: AbortSignal): AsyncGenerator<ReceivedMessage> {
  for (;;) {
    const messages = await deadLetters.receive(AT_ONCE, WAIT_SECONDS, signal);
    if (messages.length === 0) return;
    yield* messages;
  }
}

async function settle(
  queue: Queue,
  message: ReceivedMessage,
  dead: Dead,
  decide: Decide,
  signal: AbortSignal,
): Promise<Fate> {
  if (!dead.messages) return "cannot be moved";
  if (!(await decide(dead))) return "kept";
  // Killed in between, it is in both places; put back twice, its events are known by their ids and handled once.
  await queue.send(dead.messages, signal);
  await queue.deadLetters.acknowledge(message.receipt, signal);
  return "moved";
}

const letterSchema = v.object({
  directory: v.string(),
  why: v.string(),
  ids: v.array(v.string()),
  count: v.number(),
});

function readDead(body: string): Pick<Dead, "what" | "at" | "messages"> {
  const letter = v.safeParse(v.pipe(v.string(), v.parseJson(), letterSchema), body);
  if (letter.success) {
    const { directory, why, ids, count } = letter.output;
    return {
      what: `${directory}: ${count === 1 ? "one event" : `${count} events`} could not be read: ${why}${listed(ids)}`,
    };
  }
  const rotation = readDeadRotation(body);
  if (rotation) return rotation;
  try {
    const events = readMessage(body);
    const messages = [...Map.groupBy(events, ({ directory }) => directory)].map(([directory, own]) => ({
      directory,
      events: own,
    }));
    const at = events
      .flatMap((event) => event.at ?? [])
      .toSorted()
      .at(-1);
    return {
      what: events.map(({ directory, subject }) => `${directory}/${subject}`).join(", "),
      ...(at === undefined ? {} : { at }),
      messages,
    };
  } catch (error) {
    if (!(error instanceof WardenError)) throw error;
    return { what: `of no form this version reads: ${body.slice(0, 200)}` };
  }
}

const stamped = v.object({ time: v.optional(v.pipe(v.string(), v.isoTimestamp())) });

/** It goes back as it came: who uses the secret, the worker finds out again. */
function readDeadRotation(body: string): Pick<Dead, "what" | "at" | "messages"> | undefined {
  const rotation = readRotation(body);
  if (!rotation) return undefined;
  const message: object = JSON.parse(body);
  const read = v.safeParse(stamped, message);
  const at = read.success ? read.output.time : undefined;
  return {
    what: `a secret has a new version: ${rotation.arn.split(":secret:")[1] ?? "of no name"}`,
    ...(at === undefined ? {} : { at }),
    messages: [{ ...message, directory: "", events: [] }],
  };
}

const listed = (ids: readonly string[]) =>
  ids.length === 0 ? "" : ` (${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ", …" : ""})`;

function show({ id, receives, what, at, messages }: Dead): void {
  results.line(bold(id), dim(`  received ${receives} times${at === undefined ? "" : `, of ${at}`}`));
  results.line("  ", what);
  if (!messages) results.line("  ", yellow("It cannot be put back: nobody could read it then either."));
}

function summarize(found: readonly Found[], decided: boolean): void {
  const count = (fate: Fate) => found.filter((one) => one.fate === fate).length;
  if (found.length === 0) results.line("There are no dead letters.");
  else
    results.line(
      green(`${count("moved")} put back`),
      `, ${count("kept")} kept, ${count("cannot be moved")} that cannot be put back.`,
    );
  if (!decided && count("kept") > 0) results.line(dim("Nobody was asked. Say --yes to put back all that can be."));
}
