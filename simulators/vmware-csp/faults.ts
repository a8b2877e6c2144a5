/** What can go wrong with the simulated VMware Cloud Services: each fault is plain data, aimed at some calls. */

import { type Replacements, type Spoilers, setField, sharedReplacements } from "../shared/fault-effects.ts";
import type { Aim, AnswerFault, WireFault } from "../shared/faults.ts";
import { answerProblem } from "./answers.ts";

export type Fault = Aim & (AnswerFault | WireFault | OwnFault);

interface ErrorFault {
  kind: "error";
  status: number;
  /** The error's body has not a single field. */
  bare?: boolean;
  code?: string;
  message?: string;
}

type OwnFault =
  | ErrorFault
  // The document.
  | { kind: "drop"; field: string }
  | { kind: "field"; field: string; value: unknown }
  | { kind: "wrong-user" /* a status that is somebody else's */ }
  // The pages.
  | { kind: "miscount"; by: number }
  | { kind: "same-next" }
  | { kind: "foreign-next"; to: string /* put before the link */ }
  | { kind: "short-page"; size: number }
  | { kind: "lost-page" /* an empty page that is the last */ }
  // The change.
  | { kind: "no-effect" }
  // The exchange.
  | { kind: "refuse-passcode" /* whatever it is */ };

export const replacements: Replacements<Fault> = {
  ...sharedReplacements({
    tooManyRequests: () => answerProblem(429),
    invalidToken: () => answerProblem(401),
    signInPage: "<!doctype html><title>Sign in</title>",
  }),
  error: ({ status, bare, code, message }) => (bare ? { status, body: {} } : answerProblem(status, code, message)),
};

export const spoilers: Spoilers<Fault> = {
  drop: (document, { field }) => setField(document, field, undefined),
  field: (document, { field, value }) => setField(document, field, value),
  "wrong-user": (document) => setField(document, "username", "mallory@example.com"),
  miscount: (document, { by }) => setField(document, "totalResults", Number(document.totalResults) + by),
  "foreign-next": (document, { to }) => setField(document, "nextLink", `${to}${document.nextLink ?? "/csp/gateway"}`),
};
