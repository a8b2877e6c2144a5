/** The events of a batch by subject, and one recheck for each. */

import { mapConcurrently } from "../concurrency.ts";
import { WardenError } from "../errors.ts";
import type { SubjectEvent } from "../model/index.ts";

/** All events of one subject. */
export interface SubjectEvents extends Pick<SubjectEvent, "directory" | "subject"> {
  readonly events: readonly [SubjectEvent, ...SubjectEvent[]];
}

/** Rechecks one subject for all of its events. Throws what the vendor, the ledger or a push throws: then they must come again. */
export type RecheckSubject = (events: SubjectEvents, signal: AbortSignal) => Promise<void>;

/** Why subjects could not be rechecked, by `subjectKey`. */
export type Failures = ReadonlyMap<string, WardenError>;

const SUBJECTS_IN_PARALLEL = 8;

export const subjectKey = ({ directory, subject }: Pick<SubjectEvent, "directory" | "subject">): string =>
  JSON.stringify([directory, subject]);

/** However many messages name a subject, it is rechecked once. */
export const groupBySubject = (events: readonly SubjectEvent[]): SubjectEvents[] =>
  [...Map.groupBy(events, subjectKey).values()].flatMap(([first, ...others]) =>
    first ? [{ directory: first.directory, subject: first.subject, events: [first, ...others] }] : [],
  );

/** Answers what failed; one subject's failure stops no other. */
export async function recheckAll(
  recheckSubject: RecheckSubject,
  subjects: readonly SubjectEvents[],
  signal: AbortSignal,
): Promise<Failures> {
  const failures = new Map<string, WardenError>();
  await mapConcurrently(subjects, SUBJECTS_IN_PARALLEL, async (subject) => {
    try {
      await recheckSubject(subject, signal);
    } catch (error) {
      const unexpected = new WardenError("ERR_INTERNAL", "An event could not be handled.");
      failures.set(subjectKey(subject), error instanceof WardenError ? error : unexpected);
    }
  });
  return failures;
}
