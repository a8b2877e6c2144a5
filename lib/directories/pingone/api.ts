/** The calls of PingOne's API. */

import type * as v from "valibot";

/** One call of the API. Without a body it reads. */
export interface Ask<S extends v.GenericSchema> {
  readonly path: string;
  /** Where a body makes something new; else it replaces. */
  readonly method?: "POST";
  /** A full address, as a `next` link gives it, in place of the path's. */
  readonly url?: string;
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly schema: S;
  readonly signal: AbortSignal;
}
