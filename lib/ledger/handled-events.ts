/** Which events were handled: the only items that DynamoDB forgets by itself. */
import { mapConcurrently } from "../concurrency.ts";
import type { EventStore } from "../model/index.ts";
import type { LedgerContext } from "./context.ts";
import { handledEventKey } from "./keys.ts";

/** PingOne sends an event again for up to two weeks. */
const REMEMBERED_MS = 15 * 24 * 3_600_000;
const WRITES_IN_PARALLEL = 16;

/** Handled events. `forgetAt` is the table's TTL attribute, in seconds since 1970. */
export const eventStore = ({ table, clock }: LedgerContext): EventStore => ({
  async handledEvents(directory, events) {
    const keys = [...new Set(events)].map((event) => handledEventKey(directory, event));
    const items = await table.getAll(keys, true);
    return new Set(items.map((item): string => item.event));
  },

  async markEventsHandled(directory, events) {
    const forgetAt = Math.ceil((clock() + REMEMBERED_MS) / 1000);
    await mapConcurrently([...new Set(events)], WRITES_IN_PARALLEL, (event) =>
      table.put({ ...handledEventKey(directory, event), event, forgetAt }),
    );
  },
});
