/** One call of the simulated Strata Cloud Manager's API that has been let in, and its pages and refusals. */

import { type Answer, answerOk, type Document } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerProblem } from "./answers.ts";
import type { Fault } from "./faults.ts";
import type { Tenant } from "./tenant.ts";

export interface ApiCall {
  method: string;
  route: string;
  /** The id in its path; empty where there is none. */
  id: string;
  query: URLSearchParams;
  body: unknown;
  /** The faults that hit it. */
  hits: readonly Fault[];
}

/** Answers a call as the vendor would, but for the faults that change how pages are cut and what a change does. */
export type Handler = (tenant: Tenant, call: ApiCall) => Answer;

const DEFAULT_LIMIT = 200;

/** The page of a list that the call asks for. */
export function answerPage({ pageSize }: Tenant, { query, hits }: ApiCall, rows: Document[]): Answer {
  const asked = Number(query.get("limit") ?? DEFAULT_LIMIT);
  const limit = findFault(hits, "ignore-limit") ? rows.length : Math.min(asked, pageSize);
  const offset = findFault(hits, "ignore-offset") ? 0 : Number(query.get("offset") ?? 0);
  return answerOk({ data: rows.slice(offset, offset + limit), offset, limit, total: rows.length });
}

/** 400 that names the fields which are wrong. */
export function refuseFields(fields: string[]): Answer {
  const details = { errorType: "Invalid Object", message: fields };
  return answerProblem(400, "API_I00035", "Invalid Request Payload", details);
}
