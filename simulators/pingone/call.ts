/** One call of the simulated PingOne's API that has been let in, and what may be wrong with it. */

import type { Answer } from "../shared/answers.ts";
import { answerProblem } from "./answers.ts";
import type { Fault } from "./faults.ts";
import type { Tenant } from "./tenant.ts";

export interface ApiCall {
  method: string;
  route: string;
  /** The last id in its path; empty where there is none. */
  id: string;
  url: URL;
  body: unknown;
  /** The faults that hit it. */
  hits: readonly Fault[];
}

/** Answers a call as the vendor would, but for the faults that change how pages are cut and what a change does. */
export type Handler = (tenant: Tenant, call: ApiCall) => Answer;

/** 400 that names the field which is wrong. */
export function refuseField(target: string, code: string, message: string): Answer {
  return answerProblem(400, { code, target, message: `${target} ${message}` });
}
