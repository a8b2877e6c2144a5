/** What can go wrong with the simulated Graph: each fault is plain data, aimed at some calls. */

import { type Document, fieldsOf } from "../shared/answers.ts";
import { type Replacements, type Spoilers, setField, sharedReplacements } from "../shared/fault-effects.ts";
import type { Aim, AnswerFault, WireFault } from "../shared/faults.ts";
import { answerProblem } from "./answers.ts";

export type Fault = Aim & (AnswerFault | WireFault | OwnFault);

type OwnFault =
  | { kind: "error"; status: number; code?: string }
  // The document.
  | { kind: "drop"; field: string }
  | { kind: "row-field"; index?: number; field: string; value?: unknown /* absent: the field is missing */ }
  | { kind: "miscount"; by: number }
  // The pages.
  | { kind: "same-cursor" }
  | { kind: "foreign-next"; origin: string }
  | { kind: "expired-link" /* 400 for every page but the first */ }
  | { kind: "lost-page" /* the next page's rows in place of this page's */ }
  | { kind: "duplicate-row" /* the first row once more */ }
  | { kind: "empty" }
  // A batch: it is aimed at the whole one.
  | { kind: "lost-item"; index: number }
  // The change.
  | { kind: "no-effect" }
  | { kind: "late-effect"; seconds: number };

const refuseClient = (status: number) => ({
  status,
  body: { error: "invalid_client", error_description: "AADSTS7000215: Invalid client secret provided." },
});

export const replacements: Replacements<Fault> = {
  ...sharedReplacements({
    tooManyRequests: () => answerProblem(429),
    invalidToken: () => answerProblem(401),
    signInPage: "<!doctype html><title>Sign in to your account</title>",
  }),
  error: ({ status, code }, route) =>
    route === "token" && status < 403 ? refuseClient(status) : answerProblem(status, code),
};

const rowsOf = (document: Document): Document[] | undefined =>
  Array.isArray(document.value) ? document.value : undefined;

export const spoilers: Spoilers<Fault> = {
  drop: (document, { field }) => setField(document, field, undefined),
  "row-field": (document, { index = 0, field, value }) => setField(rowsOf(document)?.[index] ?? document, field, value),
  miscount: (document, { by }) => {
    document["@odata.count"] = Number(document["@odata.count"]) + by;
  },
  "foreign-next": (document, { origin }) => {
    const next = document["@odata.nextLink"];
    if (typeof next !== "string") return;
    const { pathname, search } = new URL(next);
    document["@odata.nextLink"] = `${origin}${pathname}${search}`;
  },
  "duplicate-row": (document) => {
    const rows = rowsOf(document);
    if (rows?.[0]) rows.splice(1, 0, { ...rows[0] });
  },
  "lost-item": (document, { index }) => {
    if (Array.isArray(document.responses)) document.responses.splice(index, 1);
  },
};

/** The state that a change asks for. */
export const stateIn = (body: unknown): unknown => fieldsOf(body).perUserMfaState;
