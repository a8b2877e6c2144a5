/** Observes a subject again and again until what was asked for shows. */

import { asWardenError, WardenError } from "../errors.ts";
import type { SubjectHistory } from "../model/index.ts";
import { isEnforced, type ObservedSubject, type SubjectContext } from "./context.ts";
import { observeSubject } from "./observe.ts";

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 4_000;

export interface ReadBackRequest {
  /** Of the subject. */
  readonly id: string;
  readonly past: SubjectHistory;
  /** When the last look begins at the latest, by our clock in ms; one look is taken in any case. */
  readonly until: number;
}

/** Answers the last look. Throws its error where it failed: not to have seen is not to have seen it off. */
export async function readBack(
  context: SubjectContext,
  { id, past, until }: ReadBackRequest,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    const observed = await observeSubject(context, id, past, signal).catch(asWardenError);
    const left = until - context.clock();
    if (observed instanceof WardenError) {
      if (left <= 0 || signal.aborted) throw observed;
    } else if ((observed && isEnforced(observed.subject)) || left <= 0 || signal.aborted) return observed;
    await context.sleep(Math.min(wait, left), signal).catch(() => undefined);
  }
}
