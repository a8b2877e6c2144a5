/** One call of PingOne's API, as the modules of this folder ask for it. */

import type * as v from "valibot";

/** One call of the API; default: a read. */
export interface PingOneRequest<S extends v.GenericSchema> {
  /** PUT replaces, and may be sent twice; POST makes something new. */
  readonly method?: "GET" | "PUT" | "POST";
  /** With `{env}` and `{id}` where ids stand. */
  readonly path: string;
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A full address, as a `next` link gives it, in place of the path's. */
  readonly url?: string | undefined;
  /** Sent as JSON. */
  readonly body?: object;
  readonly schema: S;
  readonly signal: AbortSignal;
}
