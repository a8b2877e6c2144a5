/** Has webhooks that end by themselves renewed on a laptop, as a rule of EventBridge does in AWS. */

import { problemOf } from "../../lib/errors.ts";
import type { Queue } from "../../lib/model/index.ts";
import { errors } from "../terminal/output.ts";

const HALF_DAY_MS = 12 * 3_600_000;
const SEND_DEADLINE_MS = 10_000;

/** Now and twice a day, until what it answers is called. What cannot be queued is said, and comes the next time. */
export async function renewTwiceADay(queue: Queue, directories: readonly string[]): Promise<() => void> {
  const ask = async () => {
    try {
      const messages = directories.map((directory) => ({ directory, events: [], renew: true as const }));
      for (const message of messages) await queue.send([message], AbortSignal.timeout(SEND_DEADLINE_MS));
    } catch (error) {
      errors.line(`Webhooks could not be renewed: ${problemOf(error).message}`);
    }
  };
  await ask();
  const timer = setInterval(ask, HALF_DAY_MS);
  return () => clearInterval(timer);
}
