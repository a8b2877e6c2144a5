/** The changes of one page that undo what an earlier run made, each with what speaks against it. */
import { changeAbout, consumesBudget, objectionToRevert } from "../enforcement/index.ts";
import { hourOfRun } from "../evidence/index.ts";
import {
  type Change,
  type ChangeResult,
  type HistoryEvent,
  type Ledger,
  type Observation,
  type Outcome,
  omitUndefined,
  type SubjectState,
  type UndoOrder,
} from "../model/index.ts";
import { differingFacts, isAdministrator } from "../policy/index.ts";
import type { JudgeContext, PagePosition, PlannedChange } from "./page-changes.ts";

/** After these something of ours is in place. */
const MADE: readonly Outcome[] = ["enforced", "staged"];

/** What the run changed in this directory, by account. The changes that events made in one hour are a run of their own. */
export async function readMadeChanges(
  ledger: Pick<Ledger, "listChanges" | "listEventChanges">,
  directory: string,
  { run, account }: UndoOrder,
): Promise<ReadonlyMap<string, Change>> {
  const made = new Map<string, Change>();
  const hour = hourOfRun(run);
  const pages = hour === undefined ? ledger.listChanges(run, directory) : ledger.listEventChanges(directory, hour);
  for await (const changes of pages)
    for (const change of changes) {
      const { outcome, revert } = change;
      if (outcome === undefined || !MADE.includes(outcome) || revert) continue;
      if (account === undefined || change.id === account) made.set(change.id, change);
    }
  return made;
}

export async function undoChangesFor(
  context: JudgeContext,
  observations: readonly Observation[],
  states: ReadonlyMap<string, SubjectState>,
  position: PagePosition,
): Promise<PlannedChange[]> {
  const planned: PlannedChange[] = [];
  for (const observation of observations) {
    const { subject } = observation;
    const undone = context.undone?.get(subject.id);
    if (!undone || position.planned.has(subject.id)) continue;
    position.planned.add(subject.id);
    const objection = await objectionTo(context, undone, observation, states.get(subject.id));
    planned.push({ change: undoOf(context, undone, { observation, position, objection }), subject });
  }
  return planned;
}

interface FoundUndo {
  readonly observation: Observation;
  readonly position: PagePosition;
  readonly objection: ChangeResult | undefined;
}

function undoOf(
  { policy, clock }: JudgeContext,
  { run: undone, before: to, administrator }: Change,
  { observation, position: { author, step }, objection }: FoundUndo,
): Change {
  const { directory, subject, judgement } = observation;
  return omitUndefined({
    ...changeAbout(observation),
    revert: { run: undone, to },
    verdict: judgement.verdict,
    author,
    step,
    administrator: administrator || isAdministrator(subject, directory, policy, clock()) || undefined,
    custodial: subject.credentialHeld,
    outcome: objection?.outcome,
    why: objection?.why,
    foreseen: objection && true,
  });
}

async function objectionTo(
  context: JudgeContext,
  undone: Change,
  observation: Observation,
  state: SubjectState | undefined,
): Promise<ChangeResult | undefined> {
  const objection = objectionToRevert(context, observation, undone.before, state);
  if (objection) return objection;
  const { events } = await context.ledger.readHistory(context.id, undone.id);
  const why = changedSince(events, undone, observation);
  return why === undefined ? undefined : { outcome: "refused", why };
}

/** Only exactly what our change left is put back: whoever changed it since, also there and back, may rely on that. */
function changedSince(
  events: readonly HistoryEvent[],
  undone: Change,
  { subject, facts }: Observation,
): string | undefined {
  const left = findOutcome(events, undone);
  if (!left) return "the history of this account does not show the change";
  const later = events.filter(({ at }) => at > left.at);
  const another = later.find(mayHaveWritten);
  if (another) return `run ${another.run} has worked on it since (${another.outcome})`;
  if (subject.username !== undone.username) return "its user name has changed since";
  const differing = new Set([...later, { facts }].flatMap((seen) => differingFacts(left.facts, seen.facts)));
  return differing.size === 0 ? undefined : `somebody has changed it since: ${[...differing].join(", ")}`;
}

/**
 * What the change left in the history. If its run died, another one has written that, and until then nobody else could change the
 * account.
 */
const findOutcome = (events: readonly HistoryEvent[], { run, at = "" }: Change): HistoryEvent | undefined =>
  events.findLast((event) => event.run === run && isMade(event)) ??
  events.find((event) => event.at >= at && isMade(event));

const isMade = ({ outcome }: HistoryEvent) => outcome !== undefined && MADE.includes(outcome);
const mayHaveWritten = ({ outcome }: HistoryEvent) => outcome !== undefined && consumesBudget(outcome);
