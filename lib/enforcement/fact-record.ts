/** Facts that a sweep takes from the record instead of asking for them: as long as they are young, and nothing speaks against it. */

import { createHash } from "node:crypto";
import { asWardenError, WardenError } from "../errors.ts";
import {
  type FactName,
  type FactReuse,
  isInFuture,
  type LoggedChanges,
  MAX_CLOCK_SKEW_MS,
  NOT_ASKED,
  type Subject,
  type SubjectState,
} from "../model/index.ts";
import { type FactOnRecord, factFromRecord } from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
import { endsReading } from "./ends-reading.ts";

export interface FactRecord {
  /** The subject with those of these facts that need not be asked for; the very same where there are none. */
  take(subject: Subject, lacking: readonly FactName[]): Subject;
  /** The subject without what was taken, to be asked anew; `undefined`: nothing was. */
  putBack(subject: Subject): Subject | undefined;
}

interface RecordSource {
  readonly states: ReadonlyMap<string, SubjectState>;
  /** By our clock, in ms. */
  readonly askedAt: number;
}

interface OpenRecord extends RecordSource {
  readonly context: SubjectContext;
  readonly reuse: FactReuse;
  readonly changes: LoggedChanges;
}

/** `undefined`: nothing is taken from it, since the vendor's facts are not of that kind, or nobody can tell what has changed. */
export async function openFactRecord(
  context: SubjectContext,
  source: RecordSource,
  signal: AbortSignal,
): Promise<FactRecord | undefined> {
  const reuse = context.directory.factReuse;
  if (!reuse || source.states.size === 0) return undefined;
  const changes = await readChanges(reuse, source.askedAt, signal);
  if (!changes) return undefined;
  const record: OpenRecord = { ...source, context, reuse, changes };
  const taken = new Map<string, ReadonlySet<FactName>>();
  return {
    take: (subject, lacking) => {
      const facts = factsToTake(record, subject, lacking);
      if (facts.length === 0) return subject;
      taken.set(subject.id, new Set([...(taken.get(subject.id) ?? []), ...facts.map(([name]) => name)]));
      return withFacts(subject, facts);
    },
    putBack: (subject) => {
      const names = taken.get(subject.id);
      return (
        names &&
        withFacts(
          subject,
          [...names].map((name) => [name, NOT_ASKED] as const),
        )
      );
    },
  };
}

const withFacts = (subject: Subject, facts: readonly (readonly [FactName, unknown])[]): Subject => ({
  ...subject,
  facts: { ...subject.facts, ...Object.fromEntries(facts) },
});

/** A log that cannot be read proves nothing, and stops nothing. */
async function readChanges(
  { changedSince, maxAgeMs }: FactReuse,
  askedAt: number,
  signal: AbortSignal,
): Promise<LoggedChanges | undefined> {
  const from = new Date(askedAt - maxAgeMs - MAX_CLOCK_SKEW_MS);
  const changes = await changedSince(from, signal).catch(asWardenError);
  if (!(changes instanceof WardenError)) return changes;
  if (endsReading(changes)) throw changes;
  return undefined;
}

function factsToTake(
  record: OpenRecord,
  subject: Subject,
  lacking: readonly FactName[],
): (readonly [FactName, unknown])[] {
  const { context, reuse, states } = record;
  const state = states.get(subject.id);
  if (!state || state.departed) return [];
  return lacking
    .filter((name) => reuse.facts.includes(name))
    .flatMap((name) => {
      const found = factFromRecord(name, state, context.id, context.policy);
      return found && isGood(record, subject, found) ? [[name, found.fact] as const] : [];
    });
}

/** Young enough, and nothing has changed since it was read, as far as clocks that may be apart can tell. */
function isGood({ askedAt, reuse, changes }: OpenRecord, subject: Subject, { readAt }: FactOnRecord): boolean {
  const at = Date.parse(readAt);
  const changedAt = [changes.ofAll, changes.bySubject.get(subject.id), timeOf(subject.updatedAt)];
  return (
    !isInFuture(readAt, askedAt) &&
    askedAt - at < lifetimeMs(reuse, subject) &&
    changedAt.every((time) => time === undefined || time + MAX_CLOCK_SKEW_MS < at)
  );
}

const timeOf = (at: string | undefined): number | undefined => (at === undefined ? undefined : Date.parse(at));

/** From half of what it may be at most, by the account's id: those who were read together are not all asked again together. */
function lifetimeMs({ maxAgeMs }: FactReuse, { id }: Subject): number {
  const share = createHash("sha256").update(id).digest().readUInt32BE() / 2 ** 32;
  return (maxAgeMs / 2) * (1 + share);
}
