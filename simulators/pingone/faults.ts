/** What can go wrong with the simulated PingOne: each fault is plain data, aimed at some calls. */

import { type Answer, answerOauthProblem, type Document } from "../shared/answers.ts";
import type { Call } from "../shared/call-log.ts";
import { type Replacements, type Spoilers, setField, sharedReplacements } from "../shared/fault-effects.ts";
import { type Aim, type AnswerFault, type FaultSet, isAimedAt, type WireFault } from "../shared/faults.ts";
import type { Missing } from "./account-list.ts";
import { answerProblem, type Hal } from "./answers.ts";

export type Fault = Aim & (AnswerFault | WireFault | OwnFault);

type OwnFault =
  | { kind: "error"; status: number }
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
  | { kind: "echo-on" }
  // The webhooks: aimed at batches of events, not at calls, so that only `nth` and `times` narrow them.
  | { kind: "hook-duplicate" /* each batch arrives twice */ }
  | { kind: "hook-reorder" /* newest first within a batch */ }
  | { kind: "hook-broken" /* one more event in the batch, which names nobody */ };

const CHANGE_KINDS = new Set(["no-effect", "late-effect", "wrong-user", "echo-off", "echo-on"]);

/** Whether a fault is aimed at a call. Faults of changes leave reads alone, which share the route with the change. */
export function isAimedAtCall(fault: Fault, call: Call): boolean {
  if (isEventFault(fault)) return false;
  const method = fault.method ?? (CHANGE_KINDS.has(fault.kind) ? "PUT" : call.method);
  return isAimedAt({ ...fault, method }, call);
}

/** The faults that hit the next batch of events. */
export function takeEventFaults(faults: FaultSet<Fault>): Fault[] {
  return faults.take(isEventFault);
}

function isEventFault({ kind }: Fault): boolean {
  return kind.startsWith("hook-");
}

/** How much of the directory seems to have vanished. */
export function missingAccounts(faults: FaultSet<Fault>): Missing {
  if (faults.has((fault) => fault.kind === "empty" && fault.consistent === true)) return "all";
  return faults.has(({ kind }) => kind === "halved") ? "half" : "none";
}

export const replacements: Replacements<Fault> = {
  ...sharedReplacements({
    tooManyRequests: () => answerProblem(429),
    invalidToken: () => answerProblem(401),
    signInPage: "<!doctype html><title>Sign in</title><p>Please sign in",
  }),
  error: ({ status }, route) => (route === "token" && status < 403 ? refuseClient(status) : answerProblem(status)),
};

function refuseClient(status: number): Answer {
  return answerOauthProblem(status, "invalid_client", "Request denied: Unsupported authentication method");
}

export const spoilers: Spoilers<Fault, Hal> = {
  drop: (document, { field }) => dropField(document, field.split(".")),
  "user-field": (document, { index = 0, field, value }) =>
    setField(listOf(document)?.[index] ?? document, field, value),
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
  "echo-on": (document) => {
    document.mfaEnabled = true;
  },
};

function listOf(document: Hal): Document[] | undefined {
  return Object.values(document._embedded ?? {})[0];
}

function dropField(target: Document, [field = "", ...rest]: string[]): void {
  if (rest.length === 0) {
    delete target[field];
    return;
  }
  const inner = target[field];
  if (typeof inner === "object" && inner !== null) dropField(inner as Document, rest);
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

const NOBODY = "00000000-0000-4000-8000-000000000000";

function renameUser(document: Hal): void {
  const href = document._links?.user?.href;
  if (href !== undefined) document._links = { ...document._links, user: { href: href.replace(/[^/]+$/, NOBODY) } };
}
