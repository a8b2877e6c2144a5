/** What the simulated Strata Cloud Manager says when it cannot do what it was asked, in the vendor's shapes. */

import { randomUUID } from "node:crypto";
import type { Answer } from "../shared/answers.ts";

/** One entry of `_errors`; `details` is whatever a test wants it to be. */
export interface Problem {
  code: string | number;
  message: string;
  details?: unknown;
  help?: string;
}

/** An error with these entries. */
export function answerProblems(status: number, problems: Problem[]): Answer {
  const errors = problems.map((problem) => ({ details: {}, ...problem }));
  return { status, body: { _errors: errors, _request_id: randomUUID() } };
}

/** An error with one entry. */
export function answerProblem(status: number, code: string | number, message: string, details?: unknown): Answer {
  return answerProblems(status, [{ code, message, ...(details === undefined ? {} : { details }) }]);
}

/** The error that the vendor documents for a status. */
export function answerUsualProblem(status: number): Answer {
  const [code, message] = USUAL_PROBLEMS[status] ?? ["E999", "Something Else"];
  return answerProblem(status, code, message);
}

const USUAL_PROBLEMS: Record<number, [code: string, message: string]> = {
  400: ["E003", "Invalid Object"],
  401: ["E016", "Not Authenticated"],
  403: ["E007", "Unauthorized"],
  404: ["E005", "Object Not Present"],
  405: ["E012", "Action Not Supported: move"],
  409: ["E006", "Name Not Unique"],
  501: ["E012", "Method Not Supported"],
  504: ["4", "Session Timeout"],
};
