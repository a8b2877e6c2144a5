/** What can go wrong with the simulated PingOne: each fault is plain data, aimed at some calls. */

import { type Answer, answerOauthProblem, type Hal } from "../shared/answers.ts";
import type { Call } from "../shared/calls.ts";
import { answerProblem } from "./answers.ts";
import type { Missing } from "./directory.ts";

/** Which calls a fault hits; without any of these, all of them. */
interface Aim {
  /** A route's name, as in the call log, or "any". */
  on?: string;
  method?: string;
  user?: string;
  /** Only this one of the calls it is aimed at, counted from 1 since the fault was set. */
  nth?: number;
  /** At most so many calls. */
  times?: number;
}

export type Fault = Aim & Kind;

type Kind =
  // Another answer, or none.
  | { kind: "limited"; retryAfter?: number /* seconds; absent: no header */ }
  | { kind: "error"; status: number }
  | { kind: "redirect"; to: string }
  | { kind: "html" }
  | { kind: "expire-token" /* 401, and no token given out so far is good any more */ }
  // The connection.
  | { kind: "reset" /* before any byte */ }
  | { kind: "cut" /* inside the body */ }
  | { kind: "drip" /* a byte now and then, forever */ }
  | { kind: "truncate" /* half the JSON, with a content-length that fits it */ }
  | { kind: "oversize"; bytes: number }
  | { kind: "skew"; seconds: number /* the Date header */ }
  // The document.
  | { kind: "drop"; field: string /* with dots for a field of a field */ }
  | { kind: "user-field"; index?: number; field: string; value?: unknown /* absent: the field is missing */ }
  | { kind: "miscount"; by: number }
  | { kind: "miscount-populations"; by: number }
  // The pages.
  | { kind: "same-cursor" }
  | { kind: "foreign-next"; origin: string }
  | { kind: "duplicate-page" /* the former page's users in place of this page's */ }
  | { kind: "duplicate-user" /* the former page's last user before this page's */ }
  | { kind: "short-page"; size: number }
  | { kind: "lost-page" /* the next page's users in place of this page's */ }
  | { kind: "empty"; consistent?: boolean /* true: counts and single reads agree, as if nobody were left */ }
  | { kind: "halved" /* every second account is gone, everywhere, while the fault is set */ }
  // The change.
  | { kind: "no-effect" }
  | { kind: "late-effect"; seconds: number }
  | { kind: "wrong-user" }
  | { kind: "echo-off" }
  // The webhooks: aimed at batches of events, not at calls, so that only `nth` and `times` narrow them.
  | { kind: "hook-duplicate" /* each batch arrives twice */ }
  | { kind: "hook-reorder" /* newest first within a batch */ }
  | { kind: "hook-broken" /* one more event in the batch, which names nobody */ };

/** The faults that hit one call. */
export interface Hits {
  all: Fault[];
  get<K extends Fault["kind"]>(kind: K): Extract<Fault, { kind: K }> | undefined;
}

export interface FaultBox {
  set(fault: Fault): void;
  heal(): void;
  take(call: Call): Hits;
  /** For one batch of events. */
  takeBatch(): Hits;
  missing(): Missing;
}

/** Holds the faults that are set, and counts what each has hit. */
export function keepFaults(): FaultBox {
  const active: Active[] = [];
  return {
    set: (fault) => void active.push({ fault, seen: 0, hits: 0 }),
    heal: () => void active.splice(0),
    take: (call) => collectHits(active.filter((entry) => strikes(entry, call)).map(({ fault }) => fault)),
    takeBatch: () =>
      collectHits(active.filter((entry) => isHook(entry.fault) && counts(entry)).map(({ fault }) => fault)),
    missing: () => {
      if (active.some(({ fault }) => fault.kind === "empty" && fault.consistent)) return "all";
      return active.some(({ fault }) => fault.kind === "halved") ? "half" : "none";
    },
  };
}

interface Active {
  fault: Fault;
  seen: number;
  hits: number;
}

const isHook = ({ kind }: Fault) => kind.startsWith("hook-");

const changeKinds = new Set(["no-effect", "late-effect", "wrong-user", "echo-off"]);

function strikes(entry: Active, call: Call): boolean {
  const { on = "any", method, user, kind } = entry.fault;
  if (isHook(entry.fault)) return false;
  if (on !== "any" && on !== call.route) return false;
  if (user !== undefined && user !== call.user) return false;
  // Reads share their route with the change, and must not be counted as one.
  const wanted = method ?? (changeKinds.has(kind) ? "PUT" : call.method);
  return wanted === call.method && counts(entry);
}

function counts(entry: Active): boolean {
  const { nth, times } = entry.fault;
  entry.seen += 1;
  if ((nth !== undefined && entry.seen !== nth) || (times !== undefined && entry.hits >= times)) return false;
  entry.hits += 1;
  return true;
}

function collectHits(all: Fault[]): Hits {
  return {
    all,
    get: <K extends Fault["kind"]>(kind: K) =>
      all.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind),
  };
}

/** The answer that takes the place of the proper one, if a fault wants that. */
export function replaceAnswer(hits: Hits, route: string): Answer | undefined {
  return hits.all.map((fault) => replaceBy(fault, route)).find((answer) => answer !== undefined);
}

function replaceBy(fault: Fault, route: string): Answer | undefined {
  switch (fault.kind) {
    case "limited":
      return limit(fault.retryAfter);
    case "error":
      return route === "token" && fault.status < 403
        ? answerOauthProblem(fault.status, "invalid_client", "Request denied: Unsupported authentication method")
        : answerProblem(fault.status);
    case "expire-token":
      return answerProblem(401);
    case "redirect":
      return { status: 302, body: "", headers: { location: fault.to } };
    case "html":
      return {
        status: 200,
        body: "<!doctype html><title>Sign in</title><p>Please sign in",
        headers: { "content-type": "text/html" },
      };
    default:
      return undefined;
  }
}

function limit(retryAfter: number | undefined): Answer {
  const answer = answerProblem(429);
  return retryAfter === undefined ? answer : { ...answer, headers: { "retry-after": String(retryAfter) } };
}

/** Spoils a proper document in place. */
export function spoilDocument(hits: Hits, document: Hal): void {
  for (const fault of hits.all) (spoilers[fault.kind] as Spoiler<Fault> | undefined)?.(document, fault);
}

type Spoiler<F> = (document: Hal, fault: F) => void;

const spoilers: { [K in Fault["kind"]]?: Spoiler<Extract<Fault, { kind: K }>> } = {
  drop: (document, { field }) => dropField(document, field.split(".")),
  "user-field": (document, { index = 0, field, value }) => {
    setField(listOf(document)?.[index] ?? document, field, value);
  },
  miscount: (document, { by }) => {
    document.count = (document.count ?? 0) + by;
  },
  "miscount-populations": (document, { by }) => {
    const population = listOf(document)?.[0] ?? document;
    population.userCount = Number(population.userCount) + by;
  },
  "same-cursor": (document) => setNext(document, document._links?.self?.href),
  "foreign-next": (document, { origin }) => setNext(document, moveOrigin(document, origin)),
  "wrong-user": (document) => renameUser(document),
  "echo-off": (document) => {
    document.mfaEnabled = false;
  },
};

function listOf(document: Hal): Record<string, unknown>[] | undefined {
  return Object.values(document._embedded ?? {})[0];
}

function dropField(target: Record<string, unknown>, [field = "", ...rest]: string[]): void {
  if (rest.length === 0) {
    delete target[field];
    return;
  }
  const inner = target[field];
  if (typeof inner === "object" && inner !== null) dropField(inner as Record<string, unknown>, rest);
}

function setField(target: Record<string, unknown>, field: string, value: unknown): void {
  if (value === undefined) delete target[field];
  else target[field] = value;
}

function setNext(document: Hal, href: string | undefined): void {
  if (href !== undefined) document._links = { ...document._links, next: { href } };
}

function moveOrigin(document: Hal, origin: string): string | undefined {
  const href = document._links?.next?.href ?? document._links?.self?.href;
  if (href === undefined) return undefined;
  const { pathname, search } = new URL(href);
  return `${origin}${pathname}${search}`;
}

function renameUser(document: Hal): void {
  const href = document._links?.user?.href;
  const stranger = "00000000-0000-4000-8000-000000000000";
  if (href !== undefined) document._links = { ...document._links, user: { href: href.replace(/[^/]+$/, stranger) } };
}
