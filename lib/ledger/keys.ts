/** The keys of every item in the table. No file outside of this folder knows them. */
import { createHash } from "node:crypto";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Sort key of an item that is alone in its partition. */
const ALONE = "-";

export const subjectPartition = (directory: string, id: string): string => `SUBJECT#${directory}#${keyPart(id)}`;

/** A subject's state, with its open claim. */
export const stateKey = (directory: string, id: string): Key => ({ pk: subjectPartition(directory, id), sk: "STATE" });

/** One event of a subject's history. @param event its id, which is sortable by time */
export const historyKey = (directory: string, id: string, event: string): Key => ({
  pk: subjectPartition(directory, id),
  sk: `EVENT#${event}`,
});

export const runPartition = (run: string): string => `RUN#${run}`;

export const runKey = (run: string): Key => ({ pk: runPartition(run), sk: "RUN" });

/** What stands before the directory in the sort key of its record. */
export const DIRECTORY_PREFIX = "DIRECTORY#";

/** What a run did in one directory. */
export const directoryKey = (run: string, directory: string): Key => ({
  pk: runPartition(run),
  sk: `${DIRECTORY_PREFIX}${directory}`,
});

/** What stands before the directory in the sort key of its plan. */
export const PLAN_PREFIX = "PLAN#";

/** What a run wants to change in one directory, as people decide on it. */
export const planKey = (run: string, directory: string): Key => ({
  pk: runPartition(run),
  sk: `${PLAN_PREFIX}${directory}`,
});

/** What stands before the time in the sort key of an attempt to decide on a plan. */
export const ATTEMPT_PREFIX = "DECISION#";

export const attemptKey = (run: string, at: string, ulid: string): Key => ({
  pk: runPartition(run),
  sk: `${ATTEMPT_PREFIX}${at}#${ulid}`,
});

/** A planned change, and its outcome. */
export const changeKey = ({ run, directory, id }: ChangeName): Key => ({
  pk: runPartition(run),
  sk: `CHANGE#${directory}#${keyPart(id)}`,
});

interface ChangeName {
  readonly run: string;
  readonly directory: string;
  readonly id: string;
}

/** First and last sort key of a directory's changes, or of those behind the change of `after`. "$" follows "#". */
export const changeRange = (run: string, directory: string, after?: string) => ({
  from: after === undefined ? `CHANGE#${directory}#` : `${changeKey({ run, directory, id: after }).sk}\0`,
  to: `CHANGE#${directory}$`,
});

/** Changes that events made in one hour. @param hour like `2026-11-22T14` */
export const eventHourPartition = (directory: string, hour: string): string => `EVENTS#${directory}#${hour}`;

/** The lease of a directory, with its head. */
export const leaseKey = (directory: string): Key => ({ pk: `LEASE#${directory}`, sk: ALONE });

/** What stands before the time in the sort key of a decision about a baseline. */
export const BASELINE_PREFIX = "REBASE#";

/** A person's decision about the baseline of a directory. */
export const baselineKey = (directory: string, at: string, ulid: string): Key => ({
  pk: leaseKey(directory).pk,
  sk: `${BASELINE_PREFIX}${at}#${ulid}`,
});

export const switchKey = (scope: string): Key => ({ pk: `SWITCH#${scope}`, sk: ALONE });

/** What stands before the time in the sort key of a turn of the kill switch. */
export const TURN_PREFIX = "TURN#";

export const switchTurnKey = (scope: string, at: string, ulid: string): Key => ({
  pk: switchKey(scope).pk,
  sk: `${TURN_PREFIX}${at}#${ulid}`,
});

/** When the grace of a user name began. @param name folded */
export const graceKey = (directory: string, name: string): Key => ({
  pk: `GRACE#${directory}#${keyPart(name)}`,
  sk: ALONE,
});

/** The holds of a directory: of each account the last one. */
export const holdPartition = (directory: string): string => `HOLD#${directory}`;

export const holdKey = (directory: string, id: string): Key => ({ pk: holdPartition(directory), sk: keyPart(id) });

/** What people did with holds on one account. */
export const holdRecordPartition = (directory: string, id: string): string => `HOLDS#${directory}#${keyPart(id)}`;

/** @param name sortable by time */
export const holdRecordKey = (directory: string, id: string, name: string): Key => ({
  pk: holdRecordPartition(directory, id),
  sk: name,
});

/** What teams were told of a directory. */
export const toldPartition = (directory: string): string => `TOLD#${directory}`;

export const toldKey = (directory: string, topic: string, recipient: string): Key => ({
  pk: toldPartition(directory),
  sk: `${topic}#${recipient}`,
});

export const budgetKey = (scope: string): Key => ({ pk: `BUDGET#${scope}`, sk: ALONE });

/** An event that was handled. */
export const handledEventKey = (directory: string, event: string): Key => ({
  pk: `SEEN#${directory}#${keyPart(event)}`,
  sk: ALONE,
});

/** How far a directory's own log was read. */
export const eventCursorKey = (directory: string): Key => ({ pk: `CURSOR#${directory}`, sk: ALONE });

/** Partition of the index `open`: subjects of one verdict that a person may have to look at. */
export const openPartition = (directory: string, verdict: string, shard: number): string =>
  `OPEN#${directory}#${verdict}#${shard}`;

/** Bytes that a foreign id may take of a key: a sort key ends at 1,024 bytes, and a directory's name stands before it. */
const MAX_ID_BYTES = 900;

/** An id as part of a key: itself, unless DynamoDB could not hold it or could not tell it from another one. */
export function keyPart(id: string): string {
  const plain = id !== "" && !id.startsWith("~") && id.isWellFormed() && Buffer.byteLength(id) <= MAX_ID_BYTES;
  return plain ? id : `~${createHash("sha256").update(id, "utf16le").digest("base64url")}`;
}
