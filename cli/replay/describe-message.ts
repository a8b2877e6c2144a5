/** Reads one message of the dead-letter queue: what it says, in words, and what would go back to the event queue. */

import * as v from "valibot";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined, type QueueMessage } from "../../lib/model/index.ts";
import { readMessage, readRotation } from "../../lib/recheck/index.ts";

export interface MessageDescription {
  /** In words, for people. */
  readonly what: string;
  /** The latest of its events; ISO 8601. */
  readonly at?: string;
  /** What would go back; absent where that helps nobody. */
  readonly messages?: readonly QueueMessage[];
}

const MAX_IDS_SHOWN = 5;
const MAX_BODY_SHOWN = 200;

export function describeMessage(body: string): MessageDescription {
  return describeLetter(body) ?? describeRotation(body) ?? describeEvents(body);
}

const letterSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    directory: v.string(),
    why: v.string(),
    ids: v.array(v.string()),
    count: v.number(),
  }),
);

/** What nobody could read when it came, kept with the reason. */
function describeLetter(body: string): MessageDescription | undefined {
  const letter = v.safeParse(letterSchema, body);
  if (!letter.success) return undefined;
  const { directory, why, ids, count } = letter.output;
  const events = count === 1 ? "one event" : `${count} events`;
  return { what: `${directory}: ${events} could not be read: ${why}${listIds(ids)}` };
}

function listIds(ids: readonly string[]): string {
  if (ids.length === 0) return "";
  return ` (${ids.slice(0, MAX_IDS_SHOWN).join(", ")}${ids.length > MAX_IDS_SHOWN ? ", …" : ""})`;
}

const timedSchema = v.object({ time: v.optional(v.pipe(v.string(), v.isoTimestamp())) });

/** A rotated secret goes back as it came: who uses the secret, the worker finds out again. */
function describeRotation(body: string): MessageDescription | undefined {
  const rotation = readRotation(body);
  if (!rotation) return undefined;
  const message: object = JSON.parse(body);
  const timed = v.safeParse(timedSchema, message);
  return omitUndefined({
    what: `a secret has a new version: ${rotation.arn.split(":secret:")[1] ?? "of no name"}`,
    at: timed.success ? timed.output.time : undefined,
    messages: [{ ...message, directory: "", events: [] }],
  });
}

function describeEvents(body: string): MessageDescription {
  try {
    const events = readMessage(body);
    const byDirectory = Map.groupBy(events, ({ directory }) => directory);
    return omitUndefined({
      what: events.map(({ directory, subject }) => `${directory}/${subject}`).join(", "),
      at: events
        .flatMap((event) => event.at ?? [])
        .toSorted()
        .at(-1),
      messages: [...byDirectory].map(([directory, own]) => ({ directory, events: own })),
    });
  } catch (error) {
    if (!(error instanceof WardenError)) throw error;
    return { what: `of no form this version reads: ${body.slice(0, MAX_BODY_SHOWN)}` };
  }
}
