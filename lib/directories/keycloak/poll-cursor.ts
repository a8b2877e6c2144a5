/** How far Keycloak's two logs were read, as text that the ledger keeps. */

import * as v from "valibot";

/** How far one log was read. */
export interface LogPlace {
  /** Of the newest event, by the server's clock; ms since 1970. */
  readonly time: number;
  /** Events that the next poll is shown again, if it asks for the same. */
  readonly ids: readonly string[];
  /** What was asked for. */
  readonly asked: string;
}

export interface PollCursor {
  /** By our clock; ms since 1970. */
  readonly polledAt: number;
  readonly own: LogPlace;
  readonly byAdmins: LogPlace;
}

const place = v.object({ time: v.number(), ids: v.array(v.string()), asked: v.string() });
const pollCursor = v.object({ polledAt: v.number(), own: place, byAdmins: place });

/** Of a log that was never read. */
export const startPlace = (now: number): LogPlace => ({ time: now, ids: [], asked: "" });

export const writePollCursor = (cursor: PollCursor): string => JSON.stringify(cursor);

/** `undefined` for none, and for what is no cursor of ours. */
export function readPollCursor(text: string | undefined): PollCursor | undefined {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), pollCursor), text);
  return success ? output : undefined;
}
