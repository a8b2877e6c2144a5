/** Asks the logs of vendors that send no webhooks, again and again; what a function does in AWS. */

import { setTimeout as delay } from "node:timers/promises";
import { problemOf } from "../../lib/errors.ts";
import { type PollPorts, pollEvents } from "../../lib/poll/index.ts";

/** Until `stop` is aborted and what is under way has ended. @param pauseMs between two polls */
export async function pollUntilStopped(ports: PollPorts, pauseMs: number, stop: AbortSignal): Promise<void> {
  if (ports.directories.length === 0) return;
  while (!stop.aborted) {
    // Not ended half-way: what was found is also put on the queue.
    await pollEvents(ports, new AbortController().signal).catch((error) => ports.onProblem(problemOf(error)));
    await delay(pauseMs, undefined, { signal: stop }).catch(() => undefined);
  }
}
