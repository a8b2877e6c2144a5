/** `replay`: shows what is in the dead-letter queue, and puts back what may be tried again. */

import { createInterface, type Interface } from "node:readline/promises";
import { Command } from "commander";
import { openExistingRecords, withRecords } from "../local/records.ts";
import { type DeadMessage, type HandledMessage, replayDeadLetters } from "../replay/dead-letters.ts";
import { exitWith, type StateOptions, withQueue, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, yellow } from "../terminal/piece.ts";

interface ReplayOptions extends StateOptions {
  readonly yes?: boolean;
}

export const replayCommand = (): Command =>
  withQueue(withState(new Command("replay")))
    .description("Shows each message of the dead-letter queue and asks whether to put it back on the event queue")
    .option("--yes", "put back everything that can be, without asking")
    .action(exitWith(replay));

async function replay(options: ReplayOptions): Promise<number> {
  const { yes, json } = options;
  const asks = process.stdin.isTTY && process.stderr.isTTY && !yes && !json;
  const terminal = asks ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  const decide = terminal ? askEach(terminal) : async () => yes === true;
  try {
    return await withRecords(await openExistingRecords(options, AbortSignal.timeout(60_000)), async (records) => {
      const onFound = json ? () => {} : showMessage;
      const messages = await replayDeadLetters(
        { queue: records.queue(), decide, onFound },
        new AbortController().signal,
      );
      if (json) results.json({ messages });
      else showSummary(messages, yes === true || asks);
      return 0;
    });
  } finally {
    terminal?.close();
  }
}

/** Asks of each message; `q` also answers for all that come after. */
function askEach(terminal: Interface): () => Promise<boolean> {
  let quit = false;
  return async () => {
    while (!quit) {
      const answer = (await terminal.question("  Put it back? [y/n/q] ")).trim().toLowerCase();
      if (answer === "y") return true;
      if (answer === "n") return false;
      quit = answer === "q";
    }
    return false;
  };
}

function showMessage({ id, receives, what, at, messages }: DeadMessage): void {
  results.line(bold(id), dim(`  received ${receives} times${at === undefined ? "" : `, of ${at}`}`));
  results.line("  ", what);
  if (!messages) results.line("  ", yellow("It cannot be put back: it still could not be read."));
}

function showSummary(messages: readonly HandledMessage[], decided: boolean): void {
  const count = (fate: HandledMessage["fate"]) => messages.filter((message) => message.fate === fate).length;
  if (messages.length === 0) results.line("There are no dead letters.");
  else
    results.line(
      green(`${count("moved")} put back`),
      `, ${count("kept")} kept, ${count("cannot be moved")} that cannot be put back.`,
    );
  if (!decided && count("kept") > 0)
    results.line(dim("Nothing was put back, since nobody could be asked. Say --yes to put back all that can be."));
}
