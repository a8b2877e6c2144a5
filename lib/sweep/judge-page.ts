/** Judges one page: finds out the facts that matter, writes what changed, plans what must change, stores the evidence. */

import {
  lockoutRisk,
  needsChange,
  observeSubjects,
  refusedPassword,
  type SubjectContext,
} from "../enforcement/index.ts";
import { digestIds, type EvidenceRow, type StoredFile, storePage } from "../evidence/index.ts";
import {
  type Change,
  type Evidence,
  type Judgement,
  NOT_ASKED,
  noVerdicts,
  type Observation,
  type Outcome,
  type Subject,
  type SubjectState,
  type Verdict,
} from "../model/index.ts";
import { verdictSince } from "../policy/index.ts";

export interface JudgeContext extends SubjectContext {
  readonly evidence: Evidence;
  readonly run: string;
}

/** Where a page stands in its sweep. */
export interface PagePosition {
  readonly key: string;
  /** Of the step, from 0. */
  readonly step: number;
  readonly author: string;
  /** Ids that this step has planned a change for: who is listed twice is changed once. */
  readonly planned: Set<string>;
}

export interface JudgedPage {
  readonly stored: StoredFile;
  readonly digests: Buffer;
  readonly verdicts: Record<Verdict, number>;
  readonly planned: number;
  /** Of those planned, how many have their outcome already: nothing is tried. */
  readonly foreseen: Partial<Record<Outcome, number>>;
  /** What a person should know before the others are made. */
  readonly cautions: readonly string[];
  readonly renamed: number;
}

/** @param askedAt when the page was asked for, in ms: what it says may be no newer */
export async function judgePage(
  judge: JudgeContext,
  listed: readonly Subject[],
  askedAt: number,
  place: PagePosition,
  signal: AbortSignal,
): Promise<JudgedPage> {
  const ids = listed.map((subject) => subject.id);
  const states = await judge.ledger.readStates(judge.id, ids);
  const observations = await observeSubjects(judge, { subjects: listed, states, askedAt }, signal);
  const changes = observations.filter((seen) => needsChange(judge, seen) && isFirst(place.planned, seen.subject.id));
  const planned = changes.map((seen) => changeOf(judge, seen, states.get(seen.subject.id), place));
  const [stored, , counts] = await Promise.all([
    storePage(
      judge.evidence,
      place.key,
      observations.map((seen) => rowOf(seen, states.get(seen.subject.id))),
    ),
    judge.ledger.saveObservations(observations, states),
    Promise.all([...Map.groupBy(planned, (change) => change.outcome)].map(planAlike(judge))),
  ]);
  const foreseen = counts.flatMap(([outcome, count]) => (outcome === undefined ? [] : [[outcome, count] as const]));
  return {
    stored,
    digests: digestIds(ids),
    verdicts: countVerdicts(observations.map((seen) => seen.judgement)),
    planned: counts.reduce((sum, [, count]) => sum + count, 0),
    foreseen: Object.fromEntries(foreseen),
    cautions: changes.flatMap((seen, i) => (planned[i]?.foreseen ? [] : cautionOf(judge, seen))),
    renamed: observations.filter((seen) => seen.judgement.nameChanged).length,
  };
}

/** Those that will end alike, with how many of them are planned by this step. */
const planAlike =
  ({ ledger }: JudgeContext) =>
  async ([outcome, changes]: [Change["outcome"], Change[]]): Promise<[Change["outcome"], number]> => [
    outcome,
    await ledger.planChanges(changes),
  ];

function cautionOf({ id, directory }: JudgeContext, { subject }: Observation): string[] {
  const caution = directory.caution?.(subject);
  return caution === undefined ? [] : [`${id}/${subject.id}: ${caution}`];
}

function isFirst(seen: Set<string>, id: string): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

function changeOf(
  judge: JudgeContext,
  { run, directory, subject, judgement, facts }: Observation,
  state: SubjectState | undefined,
  place: PagePosition,
): Change {
  const unclear = subject.facts.devices === NOT_ASKED;
  const hopeless =
    refusedPassword(judge, state) ?? (unclear ? undefined : lockoutRisk(judge.policy, judgement, subject));
  return {
    run,
    directory,
    id: subject.id,
    username: subject.username,
    rule: judgement.rule ?? "",
    requirement: judgement.requirement ?? "",
    before: facts,
    author: place.author,
    step: place.step,
    ...(subject.credentialHeld ? { custodial: true } : {}),
    ...(hopeless ? { outcome: hopeless.outcome, why: hopeless.why, foreseen: true } : {}),
  };
}

const rowOf = (
  { subject, facts, judgement, observedAt }: Observation,
  state: SubjectState | undefined,
): EvidenceRow => ({
  id: subject.id,
  username: subject.username,
  facts,
  verdict: judgement.verdict,
  ...(judgement.rule === undefined ? {} : { rule: judgement.rule }),
  ...(judgement.requirement === undefined ? {} : { requirement: judgement.requirement }),
  ...(judgement.exemption === undefined ? {} : { exemption: judgement.exemption }),
  why: judgement.why,
  observedAt,
  since: verdictSince(state, judgement.verdict, observedAt),
  ...(subject.profile === undefined ? {} : { kind: "profile" }),
  ...(subject.credentialHeld === undefined ? {} : { custodial: true }),
});

function countVerdicts(judgements: readonly Judgement[]): Record<Verdict, number> {
  const counts = noVerdicts();
  for (const { verdict } of judgements) counts[verdict]++;
  return counts;
}
