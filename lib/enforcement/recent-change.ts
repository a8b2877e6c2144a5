/** Whether somebody else has changed an account a moment ago: then its picture may still be changing. */

import { type ChangeResult, isInFuture, type Subject, type SubjectState } from "../model/index.ts";
import type { SubjectContext } from "./context.ts";
import { refusal } from "./guards.ts";

const MINUTE_MS = 60_000;
const RECENT_MS = 10 * MINUTE_MS;
/** When our own change shows in the vendor's time of change, as to when we recorded it: its calls and the wait for it lie between. */
const OWN_CHANGE_BEFORE_MS = 2 * MINUTE_MS;
const OWN_CHANGE_AFTER_MS = MINUTE_MS;

/**
 * Sweeps alone ask: an event is itself about the change. A time that nobody can read, or that lies in the future, counts as recent,
 * since it may be. That the last change was our own says nothing against another one.
 */
export function changedRecently(
  { clock }: Pick<SubjectContext, "clock">,
  { updatedAt }: Pick<Subject, "updatedAt">,
  state: Pick<SubjectState, "changedAt"> | undefined,
): ChangeResult | undefined {
  if (updatedAt === undefined) return undefined;
  const at = Date.parse(updatedAt);
  if (Number.isNaN(at)) return refusal(`when it was last changed cannot be read; ${LOOKS_AGAIN}`);
  if (clock() - at >= RECENT_MS || isOurs(at, state)) return undefined;
  if (isInFuture(updatedAt, clock()))
    return refusal(`it was last changed in the future, at ${updatedAt}; ${LOOKS_AGAIN}`);
  const minutes = Math.max(0, Math.floor((clock() - at) / MINUTE_MS));
  return refusal(`changed ${minutes === 1 ? "1 minute" : `${minutes} minutes`} ago by somebody; ${LOOKS_AGAIN}`);
}

const LOOKS_AGAIN = "the next sweep looks again";

const isOurs = (at: number, state: Pick<SubjectState, "changedAt"> | undefined): boolean =>
  (state?.changedAt ?? []).some((time) => {
    const recorded = Date.parse(time);
    return at >= recorded - OWN_CHANGE_BEFORE_MS && at <= recorded + OWN_CHANGE_AFTER_MS;
  });
