/** One call of the simulated Graph that has been let in. */

import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "../shared/answers.ts";
import type { Fault } from "./faults.ts";
import type { Tenant } from "./tenant.ts";

export interface GraphCall {
  method: string;
  route: string;
  /** The last id in its path; empty where there is none. */
  id: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: unknown;
  /** The faults that hit it. */
  hits: readonly Fault[];
}

/** Answers a call as the vendor would, but for the faults that change how pages are cut and what a change does. */
export type Handler = (tenant: Tenant, call: GraphCall) => Answer;
