/** Asks a directory for the facts that cost a call per subject. */

import type { FactName, Subject } from "../model/index.ts";
import { factsToFetch } from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
import type { FactRecord } from "./fact-record.ts";

/**
 * One round of calls. Answers the subjects in their order; the very same list where there was nothing to ask.
 * @param lacking the facts to ask for, of one subject
 */
export async function fetchFacts(
  { directory }: Pick<SubjectContext, "directory">,
  subjects: readonly Subject[],
  lacking: (subject: Subject) => readonly FactName[],
  signal: AbortSignal,
): Promise<readonly Subject[]> {
  // Together only those who lack the same: one account's devices must not cost a call for everybody.
  const groups = Map.groupBy(subjects.keys(), (index) => lacking(subjects[index] as Subject).join());
  groups.delete("");
  if (!directory.complete || groups.size === 0) return subjects;
  const completed = [...subjects];
  for (const indexes of groups.values()) {
    const group = indexes.map((index) => subjects[index] as Subject);
    const fetched = await directory.complete(group, lacking(group[0] as Subject), signal);
    for (const [position, index] of indexes.entries())
      completed[index] = fetched[position] ?? (group[position] as Subject);
  }
  return completed;
}

/** Groups choose the rule, the rule asks for devices; what is not known after that many rounds will not be. */
const MAX_FETCH_ROUNDS = 3;

/**
 * In rounds, until nothing more is asked for or known.
 * @param record what it has is not asked for; absent: everything is
 */
export async function fetchFactsForVerdict(
  context: SubjectContext,
  listed: readonly Subject[],
  signal: AbortSignal,
  record?: FactRecord,
): Promise<readonly Subject[]> {
  const lacking = (subject: Subject) => factsToFetch(subject, context.id, context.policy);
  let subjects = listed;
  for (let round = 0; round < MAX_FETCH_ROUNDS; round++) {
    const known = record ? takeFromRecord(record, subjects, lacking) : subjects;
    const fetched = await fetchFacts(context, known, lacking, signal);
    if (fetched === subjects) return subjects;
    subjects = fetched;
  }
  return subjects;
}

/** The very same list where nothing was taken. */
function takeFromRecord(
  record: FactRecord,
  subjects: readonly Subject[],
  lacking: (subject: Subject) => readonly FactName[],
): readonly Subject[] {
  const known = subjects.map((subject) => record.take(subject, lacking(subject)));
  return known.every((subject, index) => subject === subjects[index]) ? subjects : known;
}
