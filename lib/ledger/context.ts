/** What every store of the ledger works with. */
import type { Clock } from "../model/index.ts";
import type { Pause } from "./conflict.ts";
import type { Table } from "./table.ts";

export interface LedgerContext {
  readonly table: Table;
  readonly clock: Clock;
  readonly ulid: () => string;
  /** How long a lease lasts unless it is renewed. */
  readonly leaseSeconds: number;
  readonly pause: Pause;
}

/** A time as it is stored: ISO 8601. @param ms since 1970 */
export const iso = (ms: number): string => new Date(ms).toISOString();
