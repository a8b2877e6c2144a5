/** Judges one page: finds out the facts that matter, writes what changed, plans what must change, stores the evidence. */
import { isToldOfAdministrators, observeSubjects } from "../enforcement/index.ts";
import { digestIds, type EvidenceRow, type StoredFile, storePage } from "../evidence/index.ts";
import { noVerdicts, type Observation, type Subject, type SubjectState, type Verdict } from "../model/index.ts";
import { isAdministrator, type PersonKeyer, verdictSince } from "../policy/index.ts";
import { firstNames } from "./cautions.ts";
import { settleEventClaims } from "./event-claims.ts";
import {
  cautionsOn,
  changesFor,
  type JudgeContext,
  type PagePosition,
  type PlannedCounts,
  planChanges,
} from "./page-changes.ts";
import { undoChangesFor } from "./undo-changes.ts";

interface ListedPage {
  readonly subjects: readonly Subject[];
  /** When it was asked for, by our clock, in ms: what it says may be no newer. */
  readonly askedAt: number;
  /** The vendor's clock says so: then nothing of it may outrank what other runs have seen. */
  readonly isClockWrong: boolean;
}

export interface JudgedPage extends PlannedCounts {
  readonly stored: StoredFile;
  readonly digests: Buffer;
  readonly verdicts: Record<Verdict, number>;
  /** What a person should know before the changes are made. */
  readonly cautions: readonly string[];
  readonly renamed: number;
  /** The first of them: user name and id. */
  readonly renamedNames: readonly string[];
  /** Of those planned, how many are refused because somebody else has changed the account a moment ago. */
  readonly recent: number;
  /** Of those planned, how many people are to be told of the change now. */
  readonly toTell: number;
  /** Wanted by the policy, and not listed by the vendor. */
  readonly absent: number;
  /** Ids of those who violate, where somebody is told of them. */
  readonly administrators: readonly string[];
}

type States = ReadonlyMap<string, SubjectState>;

export async function judgePage(
  context: JudgeContext,
  { subjects, askedAt, isClockWrong }: ListedPage,
  position: PagePosition,
  signal: AbortSignal,
): Promise<JudgedPage> {
  const ids = subjects.map(({ id }) => id);
  const states = await context.ledger.readStates(context.id, ids);
  const observations = await observeSubjects(
    context,
    { subjects, states, askedAt, alsoChanged: context.undone, usesRecord: true },
    signal,
  );
  if (!isClockWrong) await settleEventClaims(context, observations, states, signal);
  const plan = context.undone ? undoChangesFor : changesFor;
  const planned = await plan(context, observations, states, position);
  const [stored, , counts] = await Promise.all([
    storePage(context.evidence, position.key, rowsOf(context, observations, states)),
    isClockWrong ? undefined : context.ledger.saveObservations(observations, states),
    planChanges(
      context,
      planned.map(({ change }) => change),
    ),
  ]);
  const renamed = observations.filter(({ judgement }) => judgement.nameChanged);
  return {
    ...counts,
    stored,
    digests: digestIds(ids),
    verdicts: countVerdicts(observations),
    cautions: cautionsOn(context, planned),
    recent: planned.filter(({ isRecent }) => isRecent).length,
    toTell: planned.filter(({ change }) => change.notice?.next !== undefined).length,
    renamed: renamed.length,
    renamedNames: firstNames(renamed.map(({ subject }) => `${JSON.stringify(subject.username)} (${subject.id})`)) ?? [],
    absent: subjects.filter(({ profile }) => profile?.present === false).length,
    administrators: violatingAdministrators(context, observations),
  };
}

const violatingAdministrators = (
  { id, policy, clock }: JudgeContext,
  observations: readonly Observation[],
): readonly string[] =>
  observations
    .filter(({ judgement }) => isToldOfAdministrators(policy, judgement))
    .filter(({ subject }) => isAdministrator(subject, id, policy, clock()))
    .map(({ subject }) => subject.id);

/** A row on its way to JSON, which leaves out a key without a value: to copy the row without it would cost time for every account. */
type RowToStore = { readonly [K in keyof EvidenceRow]-?: EvidenceRow[K] | undefined };

const rowsOf = (
  { personKeyer }: Pick<JudgeContext, "personKeyer">,
  observations: readonly Observation[],
  states: States,
): RowToStore[] =>
  observations.map((observation) => rowOf(personKeyer, observation, states.get(observation.subject.id)));

const rowOf = (
  personKeyer: PersonKeyer | undefined,
  { subject, facts, judgement, observedAt, factsReadAt, factCaveats }: Observation,
  state: SubjectState | undefined,
): RowToStore => ({
  id: subject.id,
  username: subject.username,
  facts,
  verdict: judgement.verdict,
  rule: judgement.rule,
  requirement: judgement.requirement,
  exemption: judgement.exemption,
  why: judgement.why,
  observedAt,
  factsReadAt,
  factCaveats,
  since: verdictSince(state, judgement.verdict, observedAt),
  kind: subject.profile && "profile",
  custodial: subject.credentialHeld,
  person: personKeyer?.keysOf(subject),
});

function countVerdicts(observations: readonly Observation[]): Record<Verdict, number> {
  const counts = noVerdicts();
  for (const { judgement } of observations) counts[judgement.verdict]++;
  return counts;
}
