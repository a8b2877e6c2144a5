/** Judges a recorded account by any policy, with `decide`: what the record does not say makes the verdict unknown, never better. */

import { type AccountTraits, type FactName, type Judgement, knownFact, type Subject } from "../model/index.ts";
import { decide, factsToFetch } from "./decide.ts";
import { foldId } from "./fold.ts";
import { directoryRules } from "./matcher.ts";
import { possibleHistories } from "./recorded-history.ts";
import { type RecordedSubject, subjectOnRecord } from "./recorded-subject.ts";
import type { Policy } from "./schema.ts";

/** What a policy needs and a record does not have: a fact, or when the account's time to comply began. */
export type Unrecorded = FactName | "history";

/** A verdict on what is on record. */
export interface RecordedJudgement extends Judgement {
  /** Why it is unknown, where the record is the reason; a sweep would ask for these. */
  readonly unrecorded?: readonly Unrecorded[];
}

/** By which policy the accounts of one directory are judged, and by which they were recorded. */
export interface RecordedScope {
  readonly directory: string;
  readonly policy: Policy;
  readonly recordedBy: Policy;
  readonly traits: AccountTraits;
}

/** A judge of the recorded accounts of one directory. @param at milliseconds since 1970; when each was read unless given */
export function recordedJudge(
  scope: RecordedScope,
  at?: number,
): (recorded: RecordedSubject, subject?: Subject) => RecordedJudgement {
  const { directory, policy, recordedBy } = scope;
  const rules = new Map(recordedBy.rules.map((rule) => [rule.name, rule]));
  const groups = unrecordedGroups(scope);
  return (recorded, subject = subjectOnRecord(recorded, scope.traits)) => {
    const now = at ?? Date.parse(recorded.observedAt);
    const histories = possibleHistories(recorded, rules.get(recorded.rule ?? ""));
    const first = decide(subject, directory, policy, histories[0] ?? { firstSeenAt: "" }, now);
    const lacking = factsLacking(first, recorded, subject, scope);
    if (lacking.length > 0) return unproved(first, lacking);
    if (first.verdict === "unknown") return first;
    if (isTimed(first)) {
      const others = histories.slice(1).map((history) => decide(subject, directory, policy, history, now));
      if (!others.every((other) => isSame(other, first))) return unknownBecause(first, "history");
    }
    const members = withEachGroup(subject, groups);
    const past = histories[0] ?? { firstSeenAt: "" };
    const isSettled = members.every((member) => isSame(decide(member, directory, policy, past, now), first));
    return isSettled ? first : unknownBecause(undefined, "groups");
  };
}

/** Only these rest on when something began. */
const isTimed = ({ verdict }: Judgement): boolean =>
  verdict === "violating" || verdict === "grace" || verdict === "pending";

const isSame = (a: Judgement, b: Judgement): boolean => a.verdict === b.verdict && a.rule === b.rule;

/** Groups that rules of the policy name, and that the run had no reason to record. */
function unrecordedGroups({ directory, policy, recordedBy }: RecordedScope): readonly string[] {
  const recorded = directoryRules(recordedBy, directory).groups;
  return [...directoryRules(policy, directory).groups].filter((id) => !recorded.has(foldId(id)));
}

/** The account as a member of one more group, of each in turn: the first rule that then binds it is one of those found so. */
function withEachGroup(subject: Subject, groups: readonly string[]): Subject[] {
  const { groups: known } = subject.facts;
  if (!known.known) return [];
  return groups.map((id) => ({ ...subject, facts: { ...subject.facts, groups: knownFact([...known.value, id]) } }));
}

/**
 * The facts that a sweep by this policy would have asked for, where a verdict rests on their being unknown. Who was exempt from the same
 * requirement had not proved it then either.
 */
function factsLacking(
  { verdict, requirement, nameChanged }: Judgement,
  recorded: RecordedSubject,
  subject: Subject,
  { directory, policy }: RecordedScope,
): readonly FactName[] {
  if ((verdict !== "unknown" && verdict !== "exempt") || nameChanged) return [];
  if (verdict === "exempt" && recorded.verdict === "exempt" && recorded.requirement === requirement) return [];
  // When it was created matters to its grace alone, and the histories stand for that.
  return factsToFetch(subject, directory, policy).filter((name) => name !== "createdAt");
}

const unproved = (judgement: Judgement, unrecorded: readonly FactName[]): RecordedJudgement => ({
  ...judgement,
  verdict: "unknown",
  why: `The run had no reason to record what this rests on: ${unrecorded.join(", ")}.`,
  unrecorded,
});

/** @param timed the verdict that rests on when something began; absent where it is not known which rule binds the account */
function unknownBecause(timed: Judgement | undefined, lacking: Unrecorded): RecordedJudgement {
  const unrecorded = [lacking];
  if (!timed)
    return { verdict: "unknown", why: "Whether a group that the policy names has it is not on record.", unrecorded };
  const { rule, requirement } = timed;
  const why = "When its time to comply began is not on record.";
  return { verdict: "unknown", why, unrecorded, ...(rule && { rule }), ...(requirement && { requirement }) };
}
