/** One call of the simulated VMware Cloud Services' API that has been let in. */

import type { Fault } from "./faults.ts";
import type { Holder } from "./tokens.ts";

export interface ApiCall {
  method: string;
  route: string;
  query: URLSearchParams;
  body: unknown;
  /** Of the access token. */
  holder: Holder;
  /** The faults that hit it. */
  hits: readonly Fault[];
}
