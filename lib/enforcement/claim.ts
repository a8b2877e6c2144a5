/** The right to change one subject: makes a claim, waits for its turn, and tells when a holder must be dead. */

import { type Change, type Claim, isInFuture, omitUndefined, type SubjectState } from "../model/index.ts";
import { CONFIRMATION_TIMEOUT_MS } from "./confirm.ts";
import { type ChangeTask, isoNow, type SubjectContext } from "./context.ts";

/** How long the calls of one change take at the most, beside the waits for the claim and for the read-back. */
const MAX_CALLS_OF_CHANGE_MS = 2 * 60_000;
const FIRST_CLAIM_RETRY_MS = 50;
const MAX_CLAIM_RETRY_MS = 1_000;

export const newClaim = (
  context: SubjectContext,
  { run, token }: ChangeTask["lease"],
  { before, revert }: Pick<Change, "before" | "revert">,
): Claim => omitUndefined({ by: run, token, before, revert, at: isoNow(context) });

/** The claim of whoever takes over a dead holder's: it keeps what was before, which way it goes, and since when. */
export const takeOver = (context: SubjectContext, lease: ChangeTask["lease"], dead: Claim): Claim => ({
  ...newClaim(context, lease, dead),
  since: dead.since ?? dead.at,
});

/** Whether a claim is so old that its holder is dead: no change takes that long. So is one of the future, by a clock that was ahead. */
export function isClaimStale({ clock, readBackTimeoutMs, directory }: SubjectContext, { at }: Claim): boolean {
  const confirmation = directory.confirm ? CONFIRMATION_TIMEOUT_MS : 0;
  const longestMs = 2 * readBackTimeoutMs + MAX_CALLS_OF_CHANGE_MS + confirmation;
  return clock() - Date.parse(at) > longestMs || isInFuture(at, clock());
}

/** Whether a dead try may have made its change: an earlier try of the same run, or another holder that must be dead. */
export const isAbandoned = (context: SubjectContext, run: string, claim: Claim): boolean =>
  claim.by === run || isClaimStale(context, claim);

/**
 * Claims a subject; answers its state, or `undefined` when somebody else still holds it after the time a change takes to show.
 * A sweep and an event may meet at one account: whoever comes second waits, and then finds the change made.
 */
export async function waitForClaim(
  context: SubjectContext,
  subject: string,
  claim: Claim,
  signal: AbortSignal,
): Promise<SubjectState | undefined> {
  const until = context.clock() + context.readBackTimeoutMs;
  for (let wait = FIRST_CLAIM_RETRY_MS; ; wait = Math.min(wait * 2, MAX_CLAIM_RETRY_MS)) {
    const state = await context.ledger.claimSubject(context.id, subject, claim);
    if (state || signal.aborted || context.clock() + wait > until) return state;
    await context.sleep(wait, signal).catch(() => undefined);
  }
}
