/** What came of a change: written to the change, to the subject's state and to its history, whoever has looked meanwhile. */
import {
  type Change,
  type ChangeResult,
  type ChangeStore,
  type Claim,
  type HistoryEvent,
  type Observation,
  omitUndefined,
  type SubjectState,
} from "../model/index.ts";
import { enforceStaged, saveEventChange, savePlannedOutcome, storedResult } from "./changes.ts";
import { retryOnConflict } from "./conflict.ts";
import { iso, type LedgerContext } from "./context.ts";
import { stateKey } from "./keys.ts";
import { changeTimes, eventOf, isSeenAfter, nextState } from "./observation.ts";
import { archiveEvent, eventIn, readState, readSubject, replaceState, type SubjectName } from "./state-item.ts";

const MAX_ATTEMPTS = 5;

/** The end of a claim, and of a change that waited to be pushed live. */
export const outcomes = (context: LedgerContext): Pick<ChangeStore, "completeClaim" | "markPublished"> => ({
  async completeClaim(claim, observation, result, change) {
    if (change?.unplanned) await saveEventChange(context, change, result, claim.since ?? claim.at);
    else if (change) await savePlannedOutcome(context, change, result);
    const ended: EndedClaim = { claim, observation, result: storedResult(result) };
    await retryOnConflict(context, MAX_ATTEMPTS, () => endClaim(context, ended));
  },

  async markPublished(change, observation, why) {
    if (change.unplanned) await saveEventChange(context, change, { outcome: "enforced", why }, observation.observedAt);
    else await enforceStaged(context, change, why);
    await retryOnConflict(context, MAX_ATTEMPTS, () => markLive(context, change, observation, why));
  },
});

interface EndedClaim {
  readonly claim: Claim;
  readonly observation: Observation;
  readonly result: ChangeResult;
}

const subjectOf = ({ directory, subject }: Observation): SubjectName => ({ directory, id: subject.id });

/** Writes the outcome and frees the claim. `undefined`: somebody else wrote in between. */
async function endClaim(context: LedgerContext, ended: EndedClaim): Promise<true | undefined> {
  const { claim, observation, result } = ended;
  const subject = subjectOf(observation);
  const stored = await readState(context, subject);
  if (!stored || stored.claim?.by !== claim.by) {
    await addLateOutcome(
      context,
      ended,
      outcomeEvent(context, stored, observation, { ...result, ...fromClaim(claim) }),
    );
    return true;
  }
  const newest = newestOf(context, stored, observation);
  const event = outcomeEvent(context, stored, newest, { ...result, ...fromClaim(claim) });
  await archiveEvent(context, subject, stored.event);
  const changedAt = changeTimes(stored, result.outcome, event.at);
  const next = nextState(stored, newest, event, result.learned, changedAt);
  return (await replaceState(context, stored, next, claim.by)) || undefined;
}

const fromClaim = ({ before, revert }: Claim) => omitUndefined({ before, revert });

const outcomeEvent = (
  context: LedgerContext,
  stored: SubjectState | undefined,
  observation: Observation,
  result: ChangeResult & Pick<HistoryEvent, "before" | "revert">,
): HistoryEvent => ({
  ...eventOf(context, "outcome", { stored, observation, at: iso(context.clock()) }),
  ...result,
});

/** Where somebody has looked later, what they saw stands. */
function newestOf({ clock }: LedgerContext, state: SubjectState, observation: Observation): Observation {
  if (!isSeenAfter(state, observation.observedAt, clock())) return observation;
  const { judgement, facts, observedAt, factsReadAt, factCaveats, groupScope, username } = state;
  const { directory, run, subject } = observation;
  return omitUndefined({
    directory,
    run,
    subject: { ...subject, username },
    judgement,
    facts,
    observedAt,
    factsReadAt,
    factCaveats,
    groupScope,
  });
}

/** The claim is somebody else's: the outcome only joins the history, once a run. A password once refused stays so. */
async function addLateOutcome(
  context: LedgerContext,
  { observation, result }: EndedClaim,
  event: HistoryEvent,
): Promise<void> {
  const subject = subjectOf(observation);
  const events = (await readSubject(context, subject)).map(eventIn);
  const isTold = events.some(({ kind, run }) => kind === "outcome" && run === event.run);
  if (!isTold) await archiveEvent(context, subject, event);
  const refused = result.learned?.refusedSecret;
  if (refused === undefined) return;
  await context.table.update(stateKey(subject.directory, subject.id), {
    set: ["#state.#refusedSecret = :refused"],
    when: "attribute_exists(pk)",
    values: { refused },
  });
}

/** Does nothing unless what this change wrote is still what was written last. `undefined`: somebody else wrote in between. */
async function markLive(
  context: LedgerContext,
  change: Change,
  observation: Observation,
  why: string,
): Promise<true | undefined> {
  const { written } = change.learned ?? {};
  const subject = subjectOf(observation);
  const stored = await readState(context, subject);
  if (!written || !stored?.written || stored.written.live || stored.written.version !== written.version) return true;
  const newest = newestOf(context, stored, observation);
  const event = outcomeEvent(context, stored, newest, { outcome: "enforced", why, before: change.before });
  await archiveEvent(context, subject, stored.event);
  const next = nextState(stored, newest, event, { written: { ...written, live: true } });
  return (await replaceState(context, stored, next)) || undefined;
}
