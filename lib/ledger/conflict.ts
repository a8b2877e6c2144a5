/** Writes that rest on what was read: tried again when somebody else wrote in between. */
import { WardenError } from "../errors.ts";

/** Waits longer the more often it was in vain, with jitter. */
export type Pause = (attempt: number) => Promise<void>;

/** The answer of `attempt`, tried until there is one: `undefined` says that somebody else wrote in between. */
export async function retryOnConflict<T>(
  { pause }: { readonly pause: Pause },
  maxAttempts: number,
  attempt: (index: number) => Promise<T | undefined>,
): Promise<T> {
  for (let index = 0; index < maxAttempts; index++) {
    if (index > 0) await pause(index - 1);
    const answer = await attempt(index);
    if (answer !== undefined) return answer;
  }
  throw new WardenError(
    "ERR_LEDGER_UNAVAILABLE",
    `An item of the ledger was changed by others ${maxAttempts} times in a row; wait a moment and try again.`,
  );
}
