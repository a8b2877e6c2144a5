/** One call of Microsoft Graph, as the modules of this folder ask for it. */

import type * as v from "valibot";

/** Default: a read. */
export interface GraphRequest<S extends v.GenericSchema> {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** With the version in front, and `{id}` where an id stands. */
  readonly path: string;
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A full address, as a next link gives it, in place of the path's. */
  readonly url?: string | undefined;
  /** Sent as JSON. */
  readonly body?: object;
  readonly schema: S;
  readonly signal: AbortSignal;
}
