/** Asks, after a change shows, whether the account can still be used. */

import { asWardenError, WardenError } from "../errors.ts";
import { omitUndefined, type SubjectState } from "../model/index.ts";
import type { ObservedSubject, SubjectContext } from "./context.ts";
import { observeSubject } from "./observe.ts";

const CONFIRM_DEADLINE_MS = 60_000;
const OBSERVE_AGAIN_DEADLINE_MS = 15_000;
/** How long it may take to ask; where the account cannot be used, to put it back and to observe it again. */
export const CONFIRMATION_TIMEOUT_MS = 2 * CONFIRM_DEADLINE_MS + OBSERVE_AGAIN_DEADLINE_MS;

/** `observed`: how the account is after it was put back; absent where it cannot be read. */
export type Confirmation =
  | { readonly ok: true; readonly masks?: string }
  | { readonly ok: false; readonly why: string; readonly observed?: ObservedSubject };

/** Answers an error where nobody can tell, and `undefined` where the vendor has no way to ask. */
export async function confirmUsable(
  context: SubjectContext,
  state: SubjectState,
  { subject }: ObservedSubject,
): Promise<Confirmation | WardenError | undefined> {
  const deadline = AbortSignal.timeout(CONFIRM_DEADLINE_MS);
  const confirmation = await context.directory.confirm?.(subject, deadline).catch(asWardenError);
  if (confirmation === undefined || confirmation instanceof WardenError || confirmation.ok) return confirmation;
  return omitUndefined({ ok: false, why: confirmation.why, observed: await observeAgain(context, state) } as const);
}

/** Where the account cannot be read, nothing new is known of it. */
async function observeAgain(context: SubjectContext, state: SubjectState): Promise<ObservedSubject | undefined> {
  const deadline = AbortSignal.timeout(OBSERVE_AGAIN_DEADLINE_MS);
  const observed = await observeSubject(context, state.id, state, deadline).catch(asWardenError);
  return observed instanceof WardenError ? undefined : observed;
}
