/** How far the logs of vendors that send no webhooks were read, an item a directory. */
import type { EventCursorStore } from "../model/index.ts";
import { iso, type LedgerContext } from "./context.ts";
import { eventCursorKey } from "./keys.ts";

/** Cursors of events. `at` is only for people to look at. */
export const eventCursorStore = ({ table, clock }: LedgerContext): EventCursorStore => ({
  async readEventCursor(directory) {
    const item = await table.get(eventCursorKey(directory));
    return item && { cursor: item.cursor, gaps: item.gaps };
  },

  async saveEventCursor(directory, { cursor, gaps }) {
    await table.put({ ...eventCursorKey(directory), directory, cursor, gaps, at: iso(clock()) });
  },
});
