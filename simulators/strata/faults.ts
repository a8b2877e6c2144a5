/** What can go wrong with the simulated Strata Cloud Manager: each fault is plain data, aimed at some calls. */

import type { Answer } from "../shared/answers.ts";
import { type Replacements, type Spoilers, setField, sharedReplacements } from "../shared/fault-effects.ts";
import type { Aim, AnswerFault, WireFault } from "../shared/faults.ts";
import { answerProblem, answerProblems, answerUsualProblem, type Problem } from "./answers.ts";

export type Fault = Aim & (AnswerFault | WireFault | OwnFault);

type OwnFault =
  | { kind: "error"; status: number; code?: string | number; message?: string; details?: unknown }
  | { kind: "errors"; status: number; problems: Problem[] }
  // The document.
  | { kind: "drop"; field: string }
  | { kind: "row-field"; index?: number; field: string; value?: unknown /* absent: the field is missing */ }
  | { kind: "no-total" }
  | { kind: "no-body" /* what was asked for is done, and the answer is empty */ }
  | { kind: "miscount"; by: number }
  // The pages.
  | { kind: "ignore-limit" /* all rows at once */ }
  | { kind: "ignore-offset" /* the first page again and again */ }
  // The change.
  | { kind: "lost-update" /* 200, and nothing is kept */ }
  | { kind: "wrong-name" /* names another profile than the one changed */ };

export const replacements: Replacements<Fault> = {
  ...sharedReplacements({
    tooManyRequests: () => answerProblem(429, "E429", "Too Many Requests"),
    invalidToken: () => answerUsualProblem(401),
    signInPage: "<!doctype html><p>Please sign in",
  }),
  errors: ({ status, problems }) => answerProblems(status, problems),
  error: answerError,
};

function answerError({ status, code, message, details }: Extract<Fault, { kind: "error" }>): Answer {
  return code === undefined ? answerUsualProblem(status) : answerProblem(status, code, message ?? "", details);
}

export const spoilers: Spoilers<Fault> = {
  drop: (document, { field }) => setField(document, field, undefined),
  "no-total": (document) => setField(document, "total", undefined),
  miscount: (document, { by }) => {
    if (typeof document.total === "number") document.total += by;
  },
  "wrong-name": (document) => setField(document, "name", "another"),
  "row-field": (document, { index = 0, field, value }) => {
    const row = Array.isArray(document.data) ? document.data[index] : undefined;
    if (row) setField(row, field, value);
  },
};
