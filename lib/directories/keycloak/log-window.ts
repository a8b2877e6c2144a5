/** The part of one of Keycloak's logs that came since the last poll, and whether all of it is still there. */

import * as v from "valibot";
import type { PolledEvents, SubjectEvent } from "../../model/index.ts";
import type { KeycloakApi, QueryPair } from "./api.ts";
import type { LogPlace } from "./poll-cursor.ts";

/** An event is stored some time after the moment that it carries: so much is read again. */
const OVERLAP_MS = 2 * 60_000;
const PAGE_SIZE = 500;
const MAX_PAGES = 20;
/** Of events that are read again, so many are known again; the rest is handled once all the same. */
const MAX_IDS = 2_000;

type Event = Omit<SubjectEvent, "directory">;

/** What one log has that is new. */
export interface NewEvents extends Pick<PolledEvents, "broken" | "ignored" | "gaps"> {
  readonly events: readonly Event[];
  readonly place: LogPlace;
}

export const NOTHING_NEW = { events: [], broken: [], ignored: 0, gaps: [] } as const;

/** How far the log was read, and when: ms since 1970 by our clock. */
interface LogWindow {
  readonly place: LogPlace;
  readonly polledAt: number;
}

/** An event of either log. `time`: ms since 1970. `subject`: `undefined` where it names nobody. */
interface LogRow {
  readonly id: string;
  readonly time: number;
  readonly subject: string | undefined;
}

/** Which log is asked, and how its rows are read. */
export interface LogQuestion {
  readonly path: string;
  /** Only events of these. */
  readonly filter: readonly QueryPair[];
  /** `undefined`: it cannot be read. */
  readonly read: (row: unknown) => LogRow | undefined;
  /** How long events are kept, in ms; `undefined`: for ever. */
  readonly keptMs: number | undefined;
}

/** What is there now since shortly before the last poll, without what that poll was shown. */
export async function readNew(
  api: KeycloakApi,
  { place, polledAt }: LogWindow,
  signal: AbortSignal,
  question: LogQuestion,
): Promise<NewEvents> {
  const asked = question.filter.map(([, value]) => value).join(" ");
  const { rows, isWhole } = await readRows(api, question, place.time - OVERLAP_MS, signal);
  const read = rows.map(question.read);
  const found = read.filter((event) => event !== undefined).filter(({ id }) => id !== "");
  const known = new Set(place.ids);
  const fresh = [...new Map(found.map((event) => [event.id, event])).values()].filter(({ id }) => !known.has(id));
  return {
    events: fresh.flatMap(({ id, subject, time }) =>
      subject === undefined ? [] : [{ id, subject, at: new Date(time).toISOString() }],
    ),
    ignored: fresh.filter(({ subject }) => subject === undefined).length,
    broken: read.length > found.length ? [{ why: `an event of ${question.path} without a readable id or time` }] : [],
    gaps: gapsOf({
      place: place.asked === asked ? place : { ...place, ids: [] },
      polledAt,
      now: api.clock(),
      keptMs: question.keptMs,
      isWhole,
      ids: found.map(({ id }) => id),
    }),
    place: { ...placeAfter(place, found), asked },
  };
}

/** Newest first: what comes in meanwhile shows a row twice, and hides none. */
async function readRows(api: KeycloakApi, { path, filter }: LogQuestion, from: number, signal: AbortSignal) {
  const rows: unknown[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const range = { dateFrom: `${Math.max(0, from)}`, first: `${page * PAGE_SIZE}`, max: `${PAGE_SIZE}` };
    const query: QueryPair[] = [...Object.entries(range), ...filter];
    const { body } = await api.call({ path, query, schema: v.array(v.unknown()), signal });
    rows.push(...body);
    if (body.length < PAGE_SIZE) return { rows, isWhole: true };
  }
  return { rows, isWhole: false };
}

interface Look {
  readonly place: LogPlace;
  readonly polledAt: number;
  readonly now: number;
  readonly keptMs: number | undefined;
  readonly isWhole: boolean;
  /** Of all that is there now since shortly before the last poll. */
  readonly ids: readonly string[];
}

/** What was there at the last poll must be there still, or have expired; and nothing may expire between two polls. */
function gapsOf({ place, polledAt, now, keptMs, isWhole, ids }: Look): string[] {
  if (!isWhole)
    return [`more than ${MAX_PAGES * PAGE_SIZE} events came since the last poll, and the oldest were not read`];
  if (keptMs !== undefined && now - polledAt >= keptMs)
    return ["events have expired since the last poll before they were read"];
  const mayExpire = keptMs !== undefined && now - place.time >= keptMs;
  const isLost = place.ids.length > 0 && !place.ids.some((id) => ids.includes(id));
  return isLost && !mayExpire ? ["events that were there at the last poll are gone, so others may be too"] : [];
}

/** The newest event, and every one that the next poll will be shown again. */
function placeAfter(place: LogPlace, found: readonly LogRow[]): Omit<LogPlace, "asked"> {
  const time = Math.max(place.time, ...found.map((event) => event.time));
  const ids = found.filter((event) => event.time >= time - OVERLAP_MS).map(({ id }) => id);
  return { time, ids: [...new Set(ids)].slice(0, MAX_IDS) };
}
