/** Sends one change to the vendor and looks at what it has done. The only place that switches anything on. */

import { asWardenError } from "../errors.ts";
import type { SubjectState } from "../model/index.ts";
import { confirmUsable } from "./confirm.ts";
import { type ObservedSubject, reportProgress, type SubjectContext } from "./context.ts";
import { refusal } from "./guards.ts";
import { readBack } from "./read-back.ts";
import { isNotSent, mayBeDone, type ObservedResult, provingReadBack, resultOf, type SentChange } from "./result.ts";

/** How much longer than the wait for the change the last look may take, in ms. */
const LAST_READ_BACK_MS = 15_000;

/** Changes a subject and reads it back; what that proves, `resultOf` decides. */
export async function changeAndReadBack(
  context: SubjectContext,
  state: SubjectState,
  before: ObservedSubject,
  signal: AbortSignal,
): Promise<ObservedResult> {
  const { directory } = context;
  const { subject } = before;
  if (!directory.enforce) return { ...refusal("this directory can only be observed"), observed: before };
  const sent = await directory.enforce(subject, signal).catch(asWardenError);
  if (isNotSent(sent)) return resultOf({ directory, state, before, sent });
  reportProgress(context, "changed", subject.id);
  const seen = await readBackChange(context, state, { before, sent }).catch(asWardenError);
  reportProgress(context, "read-back", subject.id);
  const change = { directory, state, before, sent, readBack: seen };
  const shown = provingReadBack(change);
  return resultOf(shown ? { ...change, confirmation: await confirmUsable(context, state, shown) } : change);
}

/** Waits only for a change that may be on its way. */
async function readBackChange(
  context: SubjectContext,
  past: SubjectState,
  { before, sent }: Pick<SentChange, "before" | "sent">,
): Promise<ObservedSubject | undefined> {
  const wait = mayBeDone(sent) ? context.readBackTimeoutMs : 0;
  // Its own deadline: whatever ended the write may not end the look at what the write has done.
  const deadline = AbortSignal.timeout(context.readBackTimeoutMs + LAST_READ_BACK_MS);
  return readBack(context, { id: before.subject.id, past, until: context.clock() + wait }, deadline);
}
