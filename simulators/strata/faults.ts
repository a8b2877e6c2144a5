/** What can go wrong with the simulated Strata Cloud Manager: each fault is plain data, aimed at some calls. */

import type { Fault as WireFault, Hits as WireHits } from "../pingone/faults.ts";
import type { Answer } from "../shared/answers.ts";
import { answerProblem, answerProblems, type Problem, usualProblem } from "./answers.ts";

/** Which calls a fault hits; without any of these, all of them. */
interface Aim {
  /** A route's name, as in the call log, or "any". */
  on?: string;
  method?: string;
  /** Only this one of the calls it is aimed at, counted from 1 since the fault was set. */
  nth?: number;
  /** At most so many calls. */
  times?: number;
}

export type Fault = Aim & Kind;

type Kind =
  // Another answer, or none.
  | { kind: "limited"; retryAfter?: number /* seconds */ }
  | { kind: "error"; status: number; code?: string | number; message?: string; details?: unknown }
  | { kind: "errors"; status: number; problems: Problem[] }
  | { kind: "redirect"; to: string }
  | { kind: "html" }
  | { kind: "expire-token" /* 401, and no token given out so far is good any more */ }
  // The connection. What was asked for is done all the same.
  | { kind: "reset" }
  | { kind: "cut" }
  | { kind: "drip" }
  | { kind: "truncate" }
  | { kind: "oversize"; bytes: number }
  | { kind: "skew"; seconds: number /* the Date header */ }
  // The document.
  | { kind: "drop"; field: string }
  | { kind: "row-field"; index?: number; field: string; value?: unknown /* absent: the field is missing */ }
  | { kind: "no-total" }
  | { kind: "miscount"; by: number }
  // The pages.
  | { kind: "ignore-limit" /* all rows at once */ }
  | { kind: "ignore-offset" /* the first page again and again */ }
  // The change.
  | { kind: "lost-update" /* 200, and nothing is kept */ }
  | { kind: "wrong-name" /* names another profile than the one changed */ };

/** The faults that hit one call. */
export interface Hits {
  all: Fault[];
  get<K extends Fault["kind"]>(kind: K): Extract<Fault, { kind: K }> | undefined;
  /** Those that live in the connection. */
  wire: WireHits;
}

export interface FaultBox {
  set(fault: Fault): void;
  heal(): void;
  take(call: { route: string; method: string }): Hits;
}

export function keepFaults(): FaultBox {
  const active: { fault: Fault; seen: number; hits: number }[] = [];
  return {
    set: (fault) => void active.push({ fault, seen: 0, hits: 0 }),
    heal: () => void active.splice(0),
    take: ({ route, method }) =>
      collect(
        active.filter((entry) => {
          const { on = "any", method: wanted = method, nth, times } = entry.fault;
          if ((on !== "any" && on !== route) || wanted !== method) return false;
          entry.seen += 1;
          if ((nth !== undefined && entry.seen !== nth) || (times !== undefined && entry.hits >= times)) return false;
          entry.hits += 1;
          return true;
        }),
      ),
  };
}

const WIRE = ["reset", "cut", "drip", "truncate", "oversize", "skew"];

function collect(entries: { fault: Fault }[]): Hits {
  const all = entries.map(({ fault }) => fault);
  const wired = all.filter(({ kind }) => WIRE.includes(kind)) as WireFault[];
  const pick =
    <F extends { kind: string }>(faults: F[]) =>
    <K extends F["kind"]>(kind: K) =>
      faults.find((fault): fault is Extract<F, { kind: K }> => fault.kind === kind);
  return { all, get: pick(all), wire: { all: wired, get: pick(wired) } };
}

/** The answer that takes the place of the proper one, if a fault wants that; nothing is done then. */
export function replaceAnswer({ all }: Hits): Answer | undefined {
  for (const fault of all) {
    if (fault.kind === "limited") return limited(fault.retryAfter);
    if (fault.kind === "errors") return answerProblems(fault.status, fault.problems);
    if (fault.kind === "error") return failure(fault);
    if (fault.kind === "expire-token") return usualProblem(401);
    if (fault.kind === "redirect") return { status: 302, body: "", headers: { location: fault.to } };
    if (fault.kind === "html")
      return { status: 200, body: "<!doctype html><p>Please sign in", headers: { "content-type": "text/html" } };
  }
  return undefined;
}

const failure = ({ status, code, message, details }: Extract<Fault, { kind: "error" }>): Answer =>
  code === undefined ? usualProblem(status) : answerProblem(status, code, message ?? "", details);

function limited(retryAfter: number | undefined): Answer {
  const answer = answerProblem(429, "E429", "Too Many Requests");
  return retryAfter === undefined ? answer : { ...answer, headers: { "retry-after": String(retryAfter) } };
}

/** Spoils a proper document in place. */
export function spoilDocument({ all }: Hits, document: Record<string, unknown>): void {
  for (const fault of all) {
    if (fault.kind === "drop") delete document[fault.field];
    if (fault.kind === "no-total") delete document.total;
    if (fault.kind === "miscount" && typeof document.total === "number") document.total += fault.by;
    if (fault.kind === "wrong-name") document.name = "another";
    if (fault.kind === "row-field") setField(document, fault);
  }
}

function setField(
  document: Record<string, unknown>,
  { index = 0, field, value }: Extract<Fault, { kind: "row-field" }>,
) {
  const rows = Array.isArray(document.data) ? document.data : [];
  const row: Record<string, unknown> | undefined = rows[index];
  if (!row) return;
  if (value === undefined) delete row[field];
  else row[field] = value;
}
