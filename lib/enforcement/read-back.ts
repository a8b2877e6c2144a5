/** Observes a subject again and again until what was asked for shows. */

import { asWardenError, WardenError } from "../errors.ts";
import type { SubjectHistory } from "../model/index.ts";
import type { ObservedSubject, SubjectContext } from "./context.ts";
import { type Direction, showsChange } from "./direction.ts";
import { observeSubject } from "./observe.ts";

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 4_000;

export interface ReadBackRequest {
  /** Of the subject. */
  readonly id: string;
  readonly past: SubjectHistory;
  /** Of the change that is looked for. */
  readonly direction: Direction;
  /** When the last look begins at the latest, by our clock in ms; one look is taken in any case. */
  readonly until: number;
}

/** The last look at the subject. Throws its error if it failed: not to have seen is not to have seen it off. */
export async function readBack(
  context: SubjectContext,
  { id, past, direction, until }: ReadBackRequest,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    const observed = await observeSubject(context, id, past, signal).catch(asWardenError);
    const left = until - context.clock();
    const isLast = left <= 0 || signal.aborted;
    if (observed instanceof WardenError && isLast) throw observed;
    if (!(observed instanceof WardenError) && (isLast || shows(direction, observed))) return observed;
    await context.sleep(Math.min(wait, left), signal).catch(() => undefined);
  }
}

const shows = (direction: Direction, observed: ObservedSubject | undefined): boolean =>
  observed !== undefined && showsChange(direction, observed.subject);
