/** Judges one page: finds out the facts that matter, writes what changed, plans what must change, stores the evidence. */

import type { Bench } from "../enforcement/context.ts";
import { enforceable, lockOut, passwordRefused } from "../enforcement/guards.ts";
import { digestIds, type Row, type Stored, storePage } from "../evidence/page-file.ts";
import {
  type Change,
  type Evidence,
  type FactName,
  type Judgement,
  NOT_ASKED,
  type Observation,
  type Outcome,
  type Past,
  type State,
  type Subject,
  sinceWhen,
  type Verdict,
} from "../model/index.ts";
import { bindingRule, decide, missing, sheet } from "../policy/decide.ts";
import { noVerdicts } from "./state.ts";

export interface Judge extends Bench {
  readonly evidence: Evidence;
  readonly run: string;
}

/** Where a page stands in its sweep. */
export interface Place {
  readonly key: string;
  /** Of the step, from 0. */
  readonly step: number;
  readonly author: string;
  /** Ids that this step has planned a change for: who is listed twice is changed once. */
  readonly planned: Set<string>;
}

export interface Judged {
  readonly stored: Stored;
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
  judge: Judge,
  listed: readonly Subject[],
  askedAt: number,
  place: Place,
  signal: AbortSignal,
): Promise<Judged> {
  const ids = listed.map((subject) => subject.id);
  const states = await judge.ledger.states(judge.id, ids);
  const observations = await observeAll(judge, listed, states, askedAt, signal);
  const changes = observations.filter((seen) => isPlanned(judge, seen) && isFirst(place.planned, seen.subject.id));
  const planned = changes.map((seen) => changeOf(judge, seen, states.get(seen.subject.id), place));
  const [stored, , counts] = await Promise.all([
    storePage(
      judge.evidence,
      place.key,
      observations.map((seen) => rowOf(seen, states.get(seen.subject.id))),
    ),
    judge.ledger.observe(observations, states),
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
  ({ ledger }: Judge) =>
  async ([outcome, changes]: [Change["outcome"], Change[]]): Promise<[Change["outcome"], number]> => [
    outcome,
    await ledger.plan(changes),
  ];

function cautionOf({ id, directory }: Judge, { subject }: Observation): string[] {
  const caution = directory.caution?.(subject);
  return caution === undefined ? [] : [`${id}/${subject.id}: ${caution}`];
}

function isFirst(seen: Set<string>, id: string): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

/** Groups choose the rule, the rule asks for devices; what is not known then will not be. */
const ROUNDS = 3;

export async function observeAll(
  judge: Omit<Judge, "evidence">,
  listed: readonly Subject[],
  states: ReadonlyMap<string, State>,
  askedAt: number,
  signal: AbortSignal,
): Promise<Observation[]> {
  const observedAt = new Date(askedAt).toISOString();
  const lacking = (subject: Subject) => missing(subject, judge.id, judge.policy);
  let subjects = listed;
  for (let round = 0; round < ROUNDS; round++) {
    const known = await complete(judge, subjects, lacking, signal);
    if (known === subjects) break;
    subjects = known;
  }
  const first = subjects.map((subject) => observe(judge, subject, states.get(subject.id), observedAt));
  // Before a plan is measured by its limits: people who could not sign in afterwards are no changes.
  const risky = new Set(first.filter((seen) => mayLockOut(judge, seen)).map((seen) => seen.subject));
  if (risky.size === 0) return first;
  const known = await complete(judge, subjects, (subject) => (risky.has(subject) ? ["devices"] : []), signal);
  return known.map((subject, i) => {
    const seen = first[i];
    return seen?.subject === subject ? seen : observe(judge, subject, states.get(subject.id), observedAt);
  });
}

/** One round of calls. Together only those who lack the same: one account's devices must not cost a call for everybody. */
async function complete(
  judge: Pick<Judge, "directory">,
  subjects: readonly Subject[],
  lacking: (subject: Subject) => readonly FactName[],
  signal: AbortSignal,
): Promise<readonly Subject[]> {
  const ask = judge.directory.complete;
  const groups = new Map<string, number[]>();
  for (const [index, subject] of subjects.entries()) {
    const facts = lacking(subject);
    if (facts.length === 0) continue;
    const together = groups.get(facts.join());
    if (together) together.push(index);
    else groups.set(facts.join(), [index]);
  }
  if (!ask || groups.size === 0) return subjects;
  const whole = [...subjects];
  for (const indexes of groups.values()) {
    const those = indexes.map((index) => subjects[index] as Subject);
    const found = await ask(those, lacking(those[0] as Subject), signal);
    for (const [i, index] of indexes.entries()) whole[index] = found[i] ?? (those[i] as Subject);
  }
  return whole;
}

function observe(
  judge: Omit<Judge, "evidence">,
  subject: Subject,
  state: State | undefined,
  observedAt: string,
): Observation {
  const past: Past = state ?? { firstSeenAt: observedAt };
  const judgement = decide(subject, judge.id, judge.policy, past, Date.parse(observedAt));
  const facts = sheet(subject, judgement, judge.id, judge.policy, past);
  return { directory: judge.id, run: judge.run, subject, judgement, facts, observedAt };
}

const isPlanned = (judge: Bench, { judgement, subject }: Observation) =>
  judge.directory.enforce !== undefined && enforceable(judge.policy, judgement, subject);

/** Its devices decide whether it can be changed at all, and nobody has asked for them. */
function mayLockOut(judge: Bench, seen: Observation): boolean {
  if (seen.subject.profile || seen.subject.facts.devices !== NOT_ASKED || !isPlanned(judge, seen)) return false;
  const enforces = judge.policy.directories.some(({ id, mode }) => id === judge.id && mode === "enforce");
  return enforces && bindingRule(judge.policy, seen.judgement)?.withoutDevice !== "enforce";
}

function changeOf(
  judge: Judge,
  { run, directory, subject, judgement, facts }: Observation,
  state: State | undefined,
  place: Place,
): Change {
  const unclear = subject.facts.devices === NOT_ASKED;
  const hopeless = passwordRefused(judge, state) ?? (unclear ? undefined : lockOut(judge.policy, judgement, subject));
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
    ...(subject.custodial ? { custodial: true } : {}),
    ...(hopeless ? { outcome: hopeless.outcome, why: hopeless.why, foreseen: true } : {}),
  };
}

const rowOf = ({ subject, facts, judgement, observedAt }: Observation, state: State | undefined): Row => ({
  id: subject.id,
  username: subject.username,
  facts,
  verdict: judgement.verdict,
  ...(judgement.rule === undefined ? {} : { rule: judgement.rule }),
  ...(judgement.requirement === undefined ? {} : { requirement: judgement.requirement }),
  ...(judgement.exemption === undefined ? {} : { exemption: judgement.exemption }),
  why: judgement.why,
  observedAt,
  since: sinceWhen(state, judgement.verdict, observedAt),
  ...(subject.profile === undefined ? {} : { kind: "profile" }),
  ...(subject.custodial === undefined ? {} : { custodial: true }),
});

function countVerdicts(judgements: readonly Judgement[]): Record<Verdict, number> {
  const counts = noVerdicts();
  for (const { verdict } of judgements) counts[verdict]++;
  return counts;
}
