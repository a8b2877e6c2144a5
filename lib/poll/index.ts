/** Asks the logs of vendors that send no webhooks, and puts whom they name onto the same queue. */

import { mapConcurrently } from "../concurrency.ts";
import { type Code, problemOf, WardenError } from "../errors.ts";
import type { Directory, EventCursor, EventCursorStore } from "../model/index.ts";
import { enqueue, type WebhookPorts } from "../webhook/index.ts";

/** What is wrong with one directory's log. */
export interface PollProblem {
  readonly code: Code;
  readonly message: string;
  readonly directory?: string;
}

export interface PollPorts extends Pick<WebhookPorts, "queue" | "count"> {
  /** Ids of the directories whose vendor has a log to be asked. */
  readonly directories: readonly string[];
  readonly open: (directory: string, signal: AbortSignal) => Promise<Directory>;
  readonly ledger: EventCursorStore;
  /** What is wrong, or may have happened unseen. The next sweep sees it all the same. */
  readonly onProblem: (problem: PollProblem) => void;
}

const POLLS_IN_PARALLEL = 4;

/** Asks every log once. One that cannot be read is told, and the others are asked all the same. */
export async function pollEvents(ports: PollPorts, signal: AbortSignal): Promise<void> {
  await mapConcurrently(ports.directories, POLLS_IN_PARALLEL, async (directory) => {
    try {
      await pollDirectory(ports, directory, signal);
    } catch (error) {
      if (!(error instanceof WardenError)) throw error;
      ports.onProblem(problemOf(error, directory));
    }
  });
}

/** What is on the queue twice is handled once, so the cursor is kept last: an event must come. */
async function pollDirectory(ports: PollPorts, directory: string, signal: AbortSignal): Promise<void> {
  const { ledger, open, onProblem } = ports;
  const opened = await open(directory, signal);
  const before = await ledger.readEventCursor(directory);
  const polled = await opened.poll?.(before?.cursor, signal);
  if (!polled) return;
  for (const gap of newGaps(before, polled.gaps)) onProblem(gapProblem(directory, gap));
  await enqueue(ports, directory, polled, signal);
  await ledger.saveEventCursor(directory, { cursor: polled.next, gaps: polled.gaps });
}

/** A gap that stays is told once. */
const newGaps = (before: EventCursor | undefined, gaps: readonly string[]): string[] =>
  gaps.filter((gap) => !before?.gaps.includes(gap));

const gapProblem = (directory: string, gap: string): PollProblem =>
  problemOf(
    new WardenError(
      "ERR_EVENTS_GAP",
      `Changes in ${directory} may have happened unseen: ${gap}. The next sweep sees what is so then.`,
    ),
    directory,
  );
