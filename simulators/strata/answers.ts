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

export const answerOk = (body: Record<string, unknown>, status = 200): Answer => ({ status, body });

export function answerProblems(status: number, problems: Problem[]): Answer {
  const errors = problems.map((problem) => ({ details: {}, ...problem }));
  return { status, body: { _errors: errors, _request_id: randomUUID() } };
}

export const answerProblem = (status: number, code: string | number, message: string, details?: unknown): Answer =>
  answerProblems(status, [{ code, message, ...(details === undefined ? {} : { details }) }]);

export const usualProblem = (status: number): Answer => {
  const [code, message] = usual[status] ?? ["E999", "Something Else"];
  return answerProblem(status, code, message);
};

const usual: Record<number, [code: string, message: string]> = {
  400: ["E003", "Invalid Object"],
  401: ["E016", "Not Authenticated"],
  403: ["E007", "Unauthorized"],
  404: ["E005", "Object Not Present"],
  405: ["E012", "Action Not Supported: move"],
  409: ["E006", "Name Not Unique"],
  501: ["E012", "Method Not Supported"],
  504: ["4", "Session Timeout"],
};
