/** Which events were handled: the only items that DynamoDB forgets by itself. */

import { mapConcurrently } from "../concurrency.ts";
import type { Ledger } from "../model/index.ts";
import { type Key, keyPart, type LedgerContext } from "./table.ts";

/** PingOne sends an event again for up to two weeks. */
const KEPT_MS = 15 * 24 * 3_600_000;
const WRITES_AT_ONCE = 16;

const seenKey = (directory: string, event: string): Key => ({ pk: `SEEN#${directory}#${keyPart(event)}`, sk: "-" });

/** `forgetAt` is the table's TTL attribute, in seconds since 1970. */
export function seenEvents({ table, clock }: LedgerContext): Pick<Ledger, "handledEvents" | "markEventsHandled"> {
  return {
    async handledEvents(directory, events) {
      const items = await table.getAll(
        [...new Set(events)].map((event) => seenKey(directory, event)),
        true,
      );
      return new Set(items.map((item): string => item.event));
    },

    async markEventsHandled(directory, events) {
      const forgetAt = Math.ceil((clock() + KEPT_MS) / 1000);
      await mapConcurrently([...new Set(events)], WRITES_AT_ONCE, (event) =>
        table.put({ ...seenKey(directory, event), event, forgetAt }),
      );
    },
  };
}
