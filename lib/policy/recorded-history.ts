/** What the history of a recorded account may have been: evidence holds no clocks, but a verdict tells in which bounds they were. */

import type { SubjectHistory } from "../model/index.ts";
import { toIso } from "./deadline.ts";
import { instant, NEVER } from "./instant.ts";
import type { RecordedSubject } from "./recorded-subject.ts";
import type { Rule } from "./schema.ts";

/** When something began, at the earliest and at the latest; milliseconds since 1970. */
interface Bounds {
  readonly earliest: number;
  readonly latest: number;
}

/**
 * Histories such that a verdict which is the same by all of them is the verdict by any that the account can have had: its grace began as
 * late or as early as it can have, and so did its time to enrol. The first is the most lenient.
 * @param rule that bound the account in the run
 */
export function possibleHistories(recorded: RecordedSubject, rule: Rule | undefined): readonly SubjectHistory[] {
  const grace = graceBounds(recorded, rule);
  const enrolment = enrolmentBounds(recorded, rule);
  return [
    historyOf(grace.latest, enrolment.latest),
    historyOf(grace.earliest, enrolment.latest),
    historyOf(grace.earliest, enrolment.earliest),
  ];
}

function historyOf(graceFrom: number, enabledSince: number): SubjectHistory {
  const began = textOf(graceFrom);
  return { firstSeenAt: began, graceFrom: began, enabledSince: textOf(enabledSince) };
}

/** Nothing is earlier than a time that nobody can read. */
const textOf = (at: number): string => (at === NEVER ? "" : toIso(at));

function graceBounds(recorded: RecordedSubject, rule: Rule | undefined): Bounds {
  const { verdict, observedAt } = recorded;
  const [readAt, latest] = [instant(observedAt), latestBegin(recorded)];
  const { graceMs, from = NEVER } = rule ?? {};
  if (graceMs === undefined) return { earliest: NEVER, latest };
  if (verdict === "grace" && from + graceMs <= readAt) return { earliest: readAt - graceMs + 1, latest };
  const isOver = verdict === "violating" || verdict === "pending";
  return { earliest: NEVER, latest: isOver ? Math.min(latest, readAt - graceMs) : latest };
}

function enrolmentBounds(recorded: RecordedSubject, rule: Rule | undefined): Bounds {
  const { verdict, facts, observedAt } = recorded;
  const readAt = instant(observedAt);
  if (rule === undefined || facts.enabled !== true) return { earliest: NEVER, latest: readAt };
  if (verdict === "pending") return { earliest: readAt - rule.enrolWithinMs + 1, latest: readAt };
  const isOver = verdict === "violating" && hasNoUsableDevice(facts.devices);
  return { earliest: NEVER, latest: isOver ? readAt - rule.enrolWithinMs : readAt };
}

const hasNoUsableDevice = (devices: unknown): boolean =>
  Array.isArray(devices) && devices.every((device) => String(device).endsWith("(unusable)"));

/** Who has had a verdict as an active account since then was known by then. Who is out of scope may have been inactive meanwhile. */
function latestBegin({ verdict, observedAt, since }: RecordedSubject): number {
  const readAt = instant(observedAt);
  return verdict === "out-of-scope" ? readAt : Math.min(instant(since), readAt);
}
