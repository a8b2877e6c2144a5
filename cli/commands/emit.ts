/** `emit`: puts `subject.changed` for one account on the event queue, as anything inside AWS may do. */

import { Command } from "commander";
import { ulid } from "ulid";
import type { SubjectEvent } from "../../lib/model/index.ts";
import { splitAccount } from "../input/account.ts";
import { findAccountId } from "../input/find-account.ts";
import { readInput } from "../input/read-input.ts";
import { clock, openRecords, withRecords } from "../local/records.ts";
import { exitWith, type PolicyOptions, withPolicy, withQueue } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold } from "../terminal/piece.ts";

const DEADLINE_MS = 60_000;

export const emitCommand = (): Command =>
  withQueue(withPolicy(new Command("emit")))
    .description("Puts `subject.changed` for one account on the event queue, so that it is read and judged again")
    .argument("<directory/account>", "by the vendor's id, or by the exact user name")
    .action(exitWith(emit));

async function emit(name: string, options: PolicyOptions): Promise<number> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const account = splitAccount(name);
  const { directory } = account;
  const input = await readInput({ ...options, directory: [directory] }, clock, signal);
  const subject = await findAccountId(await input.open(directory, signal), account, signal);
  const event: SubjectEvent = { id: ulid(), directory, subject, at: new Date(clock()).toISOString() };
  await withRecords(await openRecords(options, signal), ({ queue }) =>
    queue().send([{ directory, events: [event] }], signal),
  );
  if (options.json) results.json(event);
  else
    results.line("Event ", bold(event.id), ` is on the queue: ${directory}/${subject} will be read and judged again.`);
  return 0;
}
