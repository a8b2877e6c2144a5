/** What can go wrong with the simulated Okta: each fault is plain data, aimed at some calls. */

import { type Replacements, type Spoilers, setField, sharedReplacements } from "../shared/fault-effects.ts";
import type { Aim, AnswerFault, WireFault } from "../shared/faults.ts";
import { answerError } from "./answers.ts";

export type Fault = Aim & (AnswerFault | WireFault | OwnFault);

type OwnFault =
  | { kind: "error"; status: number; code?: string }
  | { kind: "rate-limited"; seconds: number /* until the bucket is full again, by Okta's clock */ }
  // The documents.
  | { kind: "field"; field: string; value?: unknown /* of an object, or of every row; absent: the field is missing */ }
  | { kind: "not-a-list" }
  // The pages.
  | { kind: "same-cursor" }
  | { kind: "foreign-next"; origin: string }
  | { kind: "expired-link" /* 400 for every page but the first */ }
  // The change.
  | { kind: "no-effect" };

export const replacements: Replacements<Fault> = {
  ...sharedReplacements({
    tooManyRequests: () => answerError(429),
    invalidToken: () => answerError(401),
    signInPage: "<!doctype html><title>Okta</title>",
  }),
  error: ({ status, code }, route) =>
    route === "token" && status < 403
      ? { status, body: { error: "invalid_client", error_description: "The client is not known." } }
      : answerError(status, code),
};

export const spoilers: Spoilers<Fault> = {
  field: (document, { field, value }) => setField(document, field, value),
};
