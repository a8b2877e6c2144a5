/** Observes a subject again and again until what was asked for shows. */

import { asWardenError, WardenError } from "../errors.ts";
import type { SubjectHistory } from "../model/index.ts";
import { isoNow, type ObservedSubject, type SubjectContext } from "./context.ts";
import { type Direction, showsChange } from "./direction.ts";
import { fetchFactsForVerdict } from "./fetch-facts.ts";
import { isJustRead, judgeAgain, observeVerdict, withReadTime } from "./observe.ts";

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 4_000;

export interface ReadBackRequest {
  /** Of the subject. */
  readonly id: string;
  readonly past: SubjectHistory;
  /** Of the change that is looked for. */
  readonly direction: Direction;
  /** How it was right before the change: what was not changed need not be read again. */
  readonly before?: ObservedSubject;
  /** When the last look begins at the latest, by our clock in ms; one look is taken in any case. */
  readonly until: number;
}

/** The last look at the subject. Throws its error if it failed: not to have seen is not to have seen it off. */
export async function readBack(
  context: SubjectContext,
  request: ReadBackRequest,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    const observed = await look(context, request, signal).catch(asWardenError);
    const left = request.until - context.clock();
    const isLast = left <= 0 || signal.aborted;
    if (observed instanceof WardenError && isLast) throw observed;
    if (!(observed instanceof WardenError) && (isLast || shows(request.direction, observed))) return observed;
    await context.sleep(Math.min(wait, left), signal).catch(() => undefined);
  }
}

/**
 * At the vendor, always. As long as the rest was read moments ago: at what was changed, and at what nobody had to know before. Whoever
 * looks later reads everything anew.
 */
async function look(
  context: SubjectContext,
  { id, past, before }: ReadBackRequest,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  const { directory } = context;
  if (!before || !directory.readBack || !isJustRead(context, before)) return observeVerdict(context, id, past, signal);
  const observedAt = isoNow(context);
  const read = await directory.readBack(withReadTime(before), signal);
  const [subject] = await fetchFactsForVerdict(context, read ? [read] : [], signal);
  return subject && judgeAgain(context, past, { subject, observedAt });
}

const shows = (direction: Direction, observed: ObservedSubject | undefined): boolean =>
  observed !== undefined && showsChange(direction, observed.subject);
