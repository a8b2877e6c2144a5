/** Records what a change has come to, which frees the claim. */

import type { WardenError } from "../errors.ts";
import {
  type Change,
  type Claim,
  type FailedCall,
  NOT_ASKED,
  type Observation,
  omitUndefined,
  type Subject,
  type SubjectState,
} from "../model/index.ts";
import { factCaveats, factsOnRecord, factTimes } from "../policy/index.ts";
import { type ObservedSubject, reportProgress, type SubjectContext } from "./context.ts";
import { judgeAgain } from "./observe.ts";
import type { ObservedResult, ResolvedChange } from "./result.ts";

/** A change under our claim, with the subject's state as it was when it was claimed. */
export interface ClaimedChange {
  readonly claim: Claim;
  readonly change: Change;
  readonly state: SubjectState;
}

export async function recordOutcome(
  context: SubjectContext,
  claimed: ClaimedChange,
  result: ObservedResult,
): Promise<ResolvedChange> {
  const { claim, change } = claimed;
  const { observed: _, departed: __, ...resolved } = result;
  const { outcome, why, learned, error } = resolved;
  const recorded = omitUndefined({ outcome, why, learned, detail: error && failedCall(error) });
  await context.ledger.completeClaim(claim, observationOf(context, claimed, result), recorded, change);
  reportProgress(context, "recorded", change.id);
  return resolved;
}

/** What is kept of a call that failed. */
function failedCall({ detail }: WardenError): FailedCall | undefined {
  const { retryAfter: _, ...kept } = detail;
  return Object.keys(kept).length > 0 ? kept : undefined;
}

/** If nothing could be seen, what was known before stands. */
function observationOf(
  context: SubjectContext,
  { claim, state }: ClaimedChange,
  { outcome, learned, observed }: ObservedResult,
): Observation {
  const seenBy = { directory: context.id, run: claim.by };
  if (!observed) {
    const { judgement, facts, observedAt, factsReadAt, factCaveats, groupScope } = state;
    const known = { judgement, facts, observedAt, factsReadAt, factCaveats, groupScope };
    return omitUndefined({ ...seenBy, subject: lastKnown(state), ...known });
  }
  const past = { ...state, ...learned };
  // What was written just now decides the verdict on a candidate.
  const { subject, judgement, observedAt }: ObservedSubject =
    outcome === "staged" ? judgeAgain(context, past, observed) : observed;
  const facts = factsOnRecord(subject, judgement, context.id, context.policy, past);
  const times = { factsReadAt: factTimes(subject, facts), factCaveats: factCaveats(subject, facts) };
  return omitUndefined({ ...seenBy, subject, judgement, facts, observedAt, ...times });
}

const UNKNOWN_FACTS: Subject["facts"] = {
  active: NOT_ASKED,
  enabled: NOT_ASKED,
  devices: NOT_ASKED,
  population: NOT_ASKED,
  groups: NOT_ASKED,
  createdAt: NOT_ASKED,
};

const lastKnown = ({ id, username }: SubjectState): Subject => ({ id, username, facts: UNKNOWN_FACTS });
