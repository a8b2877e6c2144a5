/** What can go wrong with the simulated VMware Cloud Services: each fault is plain data, aimed at some calls. */

import type { Fault as WireFault, Hits as WireHits } from "../pingone/faults.ts";
import type { Call } from "../shared/calls.ts";
import { type Answer, answerProblem, type Body } from "./answers.ts";

/** Which calls a fault hits; without any of these, all of them. */
interface Aim {
  /** A route's name, as in the call log, or "any". */
  on?: string;
  method?: string;
  /** Calls with this account's token, or of its exchange. */
  user?: string;
  /** Only this one of the calls it is aimed at, counted from 1 since the fault was set. */
  nth?: number;
  /** At most so many calls. */
  times?: number;
}

/** Faults of the connection, which every simulator knows. */
type Wire = Extract<WireFault, { kind: "reset" | "cut" | "drip" | "truncate" | "oversize" | "skew" }>;

type Kind =
  // Another answer.
  | { kind: "limited"; retryAfter?: number /* seconds; absent: no header */ }
  | {
      kind: "error";
      status: number;
      bare?: boolean /* an error body without a single field */;
      code?: string;
      message?: string;
    }
  | { kind: "redirect"; to: string }
  | { kind: "html" }
  | { kind: "expire-token" /* 401, and no token given out so far is good any more */ }
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

export type Fault = (Aim & Kind) | Wire;

/** The faults that hit one call. */
export interface Hits {
  all: Fault[];
  get<K extends Fault["kind"]>(kind: K): Extract<Fault, { kind: K }> | undefined;
  wire: WireHits;
}

export interface FaultBox {
  set(fault: Fault): void;
  heal(): void;
  take(call: Call): Hits;
}

interface Active {
  fault: Fault;
  seen: number;
  hits: number;
}

/** Holds the faults that are set, and counts what each has hit. */
export function keepFaults(): FaultBox {
  const active: Active[] = [];
  return {
    set: (fault) => void active.push({ fault, seen: 0, hits: 0 }),
    heal: () => void active.splice(0),
    take: (call) => collectHits(active.filter((entry) => strikes(entry, call)).map(({ fault }) => fault)),
  };
}

function strikes(entry: Active, call: Call): boolean {
  const { on = "any", method, user, nth, times } = entry.fault;
  if (on !== "any" && on !== call.route) return false;
  if (method !== undefined && method !== call.method) return false;
  if (user !== undefined && user !== call.user) return false;
  entry.seen += 1;
  if ((nth !== undefined && entry.seen !== nth) || (times !== undefined && entry.hits >= times)) return false;
  entry.hits += 1;
  return true;
}

const wireKinds = ["reset", "cut", "drip", "truncate", "oversize", "skew"];

function collectHits(all: Fault[]): Hits {
  const wire = all.filter((fault): fault is Wire => wireKinds.includes(fault.kind));
  return {
    all,
    get: <K extends Fault["kind"]>(kind: K) =>
      all.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind),
    wire: {
      all: wire,
      get: <K extends WireFault["kind"]>(kind: K) =>
        wire.find((fault): fault is Wire & Extract<WireFault, { kind: K }> => fault.kind === kind),
    },
  };
}

/** The answer that takes the place of the proper one, if a fault wants that. */
export function replaceAnswer(hits: Hits): Answer | undefined {
  return hits.all.map(replaceBy).find((answer) => answer !== undefined);
}

function replaceBy(fault: Fault): Answer | undefined {
  switch (fault.kind) {
    case "limited":
      return limit(fault.retryAfter);
    case "error":
      return fault.bare ? { status: fault.status, body: {} } : answerProblem(fault.status, fault.code, fault.message);
    case "expire-token":
      return answerProblem(401);
    case "redirect":
      return { status: 302, body: "", headers: { location: fault.to } };
    case "html":
      return { status: 200, body: "<!doctype html><title>Sign in</title>", headers: { "content-type": "text/html" } };
    default:
      return undefined;
  }
}

function limit(retryAfter: number | undefined): Answer {
  const answer = answerProblem(429);
  return retryAfter === undefined ? answer : { ...answer, headers: { "retry-after": String(retryAfter) } };
}

/** Spoils a proper document in place. */
export function spoilDocument(hits: Hits, document: Body): void {
  for (const fault of hits.all) spoil(document, fault);
}

function spoil(document: Body, fault: Fault): void {
  switch (fault.kind) {
    case "drop":
      delete document[fault.field];
      break;
    case "field":
      document[fault.field] = fault.value;
      break;
    case "wrong-user":
      document.username = "mallory@example.com";
      break;
    case "miscount":
      document.totalResults = Number(document.totalResults) + fault.by;
      break;
    case "foreign-next":
      document.nextLink = `${fault.to}${document.nextLink ?? "/csp/gateway"}`;
      break;
    default:
  }
}
