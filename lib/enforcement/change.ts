/** Sends one change to the vendor and looks at what it has done. The only place that switches anything on, or puts it back. */

import { asWardenError } from "../errors.ts";
import type { Change, ChangeRequestResult, Directory, SubjectState } from "../model/index.ts";
import { confirmUsable } from "./confirm.ts";
import { type ObservedSubject, reportProgress, type SubjectContext } from "./context.ts";
import { directionOf, whyNotReverted } from "./direction.ts";
import { readBack } from "./read-back.ts";
import { isNotSent, mayBeDone, type ObservedResult, provingReadBack, resultOf, type SentChange } from "./result.ts";

/** How much longer than the wait for the change the last look may take, in ms. */
const LAST_READ_BACK_MS = 15_000;

/** A change that nothing speaks against, with the subject as it is now. */
export interface DueChange {
  readonly change: Change;
  readonly state: SubjectState;
  readonly before: ObservedSubject;
}

/** Changes a subject and reads it back; what that proves, `resultOf` decides. */
export async function changeAndReadBack(
  context: SubjectContext,
  due: DueChange,
  signal: AbortSignal,
): Promise<ObservedResult> {
  const { directory } = context;
  const { change, state, before } = due;
  const { id } = before.subject;
  const sent = await sendChange(directory, due, signal).catch(asWardenError);
  const { revert } = change;
  const asked = { directory, revert, state, before, sent };
  if (isNotSent(sent)) return resultOf(asked);
  reportProgress(context, "changed", id);
  const seen = await readBackChange(context, asked, state).catch(asWardenError);
  reportProgress(context, "read-back", id);
  const seenChange = { ...asked, readBack: seen };
  const shown = provingReadBack(seenChange);
  // What is put back can be used as it could before the change.
  if (!shown || revert) return resultOf(seenChange);
  return resultOf({ ...seenChange, confirmation: await confirmUsable(context, state, shown) });
}

async function sendChange(
  directory: Directory,
  { change: { revert }, before: { subject } }: DueChange,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  if (!revert)
    return directory.enforce?.(subject, signal) ?? { outcome: "refused", why: "this directory can only be observed" };
  const why = whyNotReverted(directory, subject, revert.to);
  if (why !== undefined || !directory.revert)
    return { outcome: "refused", why: `it cannot be undone: ${why ?? "this directory can put nothing back"}` };
  return directory.revert(subject, revert.to, signal);
}

/** Waits only for a change that may be on its way. */
async function readBackChange(
  context: SubjectContext,
  { before, sent, revert }: Pick<SentChange, "before" | "sent" | "revert">,
  past: SubjectState,
): Promise<ObservedSubject | undefined> {
  const wait = mayBeDone(sent) ? context.readBackTimeoutMs : 0;
  // Its own deadline: whatever ended the write may not end the look at what the write has done.
  const deadline = AbortSignal.timeout(context.readBackTimeoutMs + LAST_READ_BACK_MS);
  const until = context.clock() + wait;
  const request = { id: before.subject.id, past, direction: directionOf({ revert }), before, until };
  return readBack(context, request, deadline);
}
