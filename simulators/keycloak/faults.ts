/** What can go wrong with the simulated Keycloak: each fault is plain data, aimed at some calls. */

import { type Replacements, type Spoilers, setField, sharedReplacements } from "../shared/fault-effects.ts";
import type { Aim, AnswerFault, WireFault } from "../shared/faults.ts";
import { answerError } from "./answers.ts";

export type Fault = Aim & (AnswerFault | WireFault | OwnFault);

type OwnFault =
  | { kind: "error"; status: number; error?: string }
  // The documents.
  | { kind: "drop"; field: string /* of an object, or of every row of a list */ }
  | { kind: "field"; field: string; value: unknown /* the same, with another value */ }
  | { kind: "not-a-list" }
  // The change.
  | { kind: "no-effect" /* 204, and nothing is kept */ };

export const replacements: Replacements<Fault> = {
  ...sharedReplacements({
    tooManyRequests: () => answerError(429, "HTTP 429 Too Many Requests"),
    invalidToken: () => answerError(401),
    signInPage: "<!doctype html><p>Please sign in",
  }),
  error: ({ status, error }, route) =>
    route === "token" && status === 401 ? answerError(401, "invalid_client") : answerError(status, error),
};

/** Applied to each document of an answer. */
export const spoilers: Spoilers<Fault> = {
  drop: (document, { field }) => setField(document, field, undefined),
  field: (document, { field, value }) => setField(document, field, value),
};
