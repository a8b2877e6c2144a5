/** What a change has come to, once something is known of it: whether it counts as done, and what is recorded. */
import { asWardenError, WardenError } from "../errors.ts";
import {
  type Change,
  type ChangeResult,
  type Claim,
  type FailedCall,
  type Judgement,
  NOT_ASKED,
  type Observation,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../model/index.ts";
import { checkRequirement, decide, factsOnRecord } from "../policy/index.ts";
import type { ChangeProgress, ObservedSubject, SubjectContext } from "./context.ts";
import { observeSubject } from "./observe.ts";

export interface ResolvedChange extends ChangeResult {
  /** The verdict after it; absent when nothing could be seen. */
  readonly after?: Judgement;
  /** Why it failed, where a call did. */
  readonly error?: WardenError;
}

export interface ChangeAttempt extends ResolvedChange {
  readonly look?: ObservedSubject | undefined;
  /** The vendor says that there is no such subject. */
  readonly gone?: boolean;
}

const ASK_MS = 60_000;
const LOOK_AGAIN_MS = 15_000;
/** How long it may take to find out whether the account can still be used; where it cannot, to put it back and to look again. */
export const CONFIRM_TIMEOUT_MS = 2 * ASK_MS + LOOK_AGAIN_MS;

/**
 * What a change that shows has come to: `enforced` if the account can still be used, `staged` where somebody has to push it
 * live.
 * @param version of the secret that was written
 */
export async function confirmChange(
  bench: SubjectContext,
  state: SubjectState,
  shown: ObservedSubject,
  why: string,
  version: string | undefined,
): Promise<ChangeAttempt> {
  const { directory } = bench;
  const deadline = AbortSignal.timeout(ASK_MS);
  const confirmed = await directory.confirm?.(shown.subject, deadline).catch(asWardenError);
  const after = shown.judgement;
  if (confirmed instanceof WardenError)
    return {
      ...{ outcome: "unverified", why: `${why}, and whether the account can be used is not known (${confirmed.code})` },
      ...{ after, look: shown, error: confirmed },
    };
  if (confirmed && !confirmed.ok) return { outcome: "failed", why: confirmed.why, ...(await lookAgain(bench, state)) };
  if (!directory.candidate) return { ...ofSwitch(shown.subject, why), after, look: shown };
  const learned = { written: { version: version ?? directory.secretVersion, live: false } };
  const look = judgeAgain(bench, { ...state, ...learned }, shown);
  return { outcome: "staged", why: `${why}, and it is not live yet`, after: look.judgement, look, learned };
}

/** Where only a device makes the switch a protection, the read-back must show that too. */
function ofSwitch(subject: Subject, why: string): ChangeResult {
  const proof = subject.profile ? undefined : checkRequirement("enabled", subject);
  if (proof === undefined || proof.holds) return { outcome: "enforced", why };
  return { outcome: "unverified", why: `${why}, and no device that makes it a protection: ${proof.why}` };
}

/** By what is remembered now. */
export const judgeAgain = (bench: SubjectContext, past: SubjectHistory, look: ObservedSubject): ObservedSubject => ({
  ...look,
  judgement: decide(look.subject, bench.id, bench.policy, past, bench.clock()),
});

/** Where nothing can be seen, nothing new is recorded. */
async function lookAgain(bench: SubjectContext, state: SubjectState): Promise<Pick<ChangeAttempt, "look" | "after">> {
  const look = await observeSubject(bench, state.id, state, AbortSignal.timeout(LOOK_AGAIN_MS)).catch(asWardenError);
  return look instanceof WardenError || !look ? {} : { look, after: look.judgement };
}

/** Records the outcome, which frees the claim. */
export async function recordOutcome(
  bench: SubjectContext,
  claim: Claim,
  state: SubjectState,
  change: Change,
  acted: ChangeAttempt,
): Promise<ResolvedChange> {
  const { look, gone, ...ended } = acted;
  const detail = detailOf(ended.error);
  const observation = observationOf(bench, claim.by, state, acted);
  await bench.ledger.completeClaim(claim, observation, { ...ended, ...(detail ? { detail } : {}) }, change);
  reportProgress(bench, "recorded", change.id);
  return ended;
}

/** What is kept of a call that failed. */
function detailOf(error: WardenError | undefined): FailedCall | undefined {
  const { retryAfter: _, ...detail } = error?.detail ?? {};
  return Object.keys(detail).length > 0 ? detail : undefined;
}

/** Where nothing could be seen, what was known before stands. */
function observationOf(
  bench: SubjectContext,
  run: string,
  state: SubjectState,
  { look, learned }: ChangeAttempt,
): Observation {
  const base = { directory: bench.id, run };
  if (!look) {
    const { judgement, facts, observedAt } = state;
    return { ...base, subject: lastKnown(state), judgement, facts, observedAt };
  }
  const { subject, judgement, observedAt } = look;
  const facts = factsOnRecord(subject, judgement, bench.id, bench.policy, { ...state, ...learned });
  return { ...base, subject, judgement, facts, observedAt };
}

const UNASKED = {
  ...{ active: NOT_ASKED, enabled: NOT_ASKED, devices: NOT_ASKED },
  ...{ population: NOT_ASKED, groups: NOT_ASKED, createdAt: NOT_ASKED },
};
const lastKnown = ({ id, username }: SubjectState): Subject => ({ id, username, facts: UNASKED });

export const reportProgress = (bench: SubjectContext, did: ChangeProgress["did"], subject: string): void =>
  bench.onProgress?.({ did, directory: bench.id, subject });
