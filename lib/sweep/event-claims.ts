/** Finishes what events left open whose worker died for good: no run names these claims, so that only a look at the account finds them. */
import { mapConcurrently } from "../concurrency.ts";
import { eventChange, isClaimStale, recoverClaim, type SubjectContext } from "../enforcement/index.ts";
import { asWardenError } from "../errors.ts";
import type { Claim, Observation, SubjectState } from "../model/index.ts";

const CLAIMS_IN_PARALLEL = 8;

/** Puts on record what came of each claim that is too old to be anybody's. One that cannot be settled now waits for the next sweep. */
export async function settleEventClaims(
  context: SubjectContext,
  observations: readonly Observation[],
  states: ReadonlyMap<string, SubjectState>,
  signal: AbortSignal,
): Promise<void> {
  const abandoned = observations.flatMap((observation) => {
    const state = states.get(observation.subject.id);
    return state?.claim && isAbandonedEvent(context, state.claim) ? [{ observation, state, claim: state.claim }] : [];
  });
  await mapConcurrently(abandoned, CLAIMS_IN_PARALLEL, async ({ observation, state, claim }) => {
    const lease = { run: claim.by, token: claim.token };
    const change = { ...eventChange(claim.by, observation), before: claim.before };
    await recoverClaim(context, { lease, change, state }, signal).catch(throwUnlessVendor);
  });
}

const isAbandonedEvent = (context: SubjectContext, claim: Claim): boolean =>
  claim.token === 0 && isClaimStale(context, claim);

function throwUnlessVendor(error: unknown): void {
  const known = asWardenError(error);
  if (!known.code.startsWith("ERR_VENDOR_")) throw known;
}
