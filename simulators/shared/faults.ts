/** Faults of a simulator: plain data, aimed at some calls; here what all vendors share of them. */

import type { Call } from "./call-log.ts";

/** Which calls a fault hits; without any of these, all of them. */
export interface Aim {
  /** A route's name, as in the call log, or "any". */
  on?: string;
  method?: string;
  /** Only calls of this account, as in the call log. */
  user?: string;
  /** Only this one of the calls it is aimed at, counted from 1 since the fault was set. */
  nth?: number;
  /** At most so many calls. */
  times?: number;
}

/** Faults that put another answer in place of the proper one. What was asked for is not done. */
export type AnswerFault =
  | { kind: "limited"; retryAfter?: number /* seconds; absent: no header */ }
  | { kind: "redirect"; to: string }
  | { kind: "html" }
  | { kind: "expire-token" /* 401, and no token given out so far is good any more */ };

/** Faults of the connection. What was asked for is done all the same. */
export type WireFault =
  | { kind: "reset" /* before any byte */ }
  | { kind: "cut" /* inside the body */ }
  | { kind: "drip" /* a byte now and then, forever */ }
  | { kind: "truncate" /* half the JSON, with a content-length that fits it */ }
  | { kind: "oversize"; bytes: number }
  | { kind: "skew"; seconds: number /* the Date header */ };

/** A fault of any vendor. */
export type AnyFault = Aim & { kind: string };

/** The faults that are set now. */
export interface FaultSet<F extends AnyFault> {
  set(fault: F): void;
  clear(): void;
  /** Whether such a fault is set, whatever it has hit. */
  has(isMeant: (fault: F) => boolean): boolean;
  /** The aimed faults whose turn it is. Counts them as hits. */
  take(isAimed: (fault: F) => boolean): F[];
}

interface ActiveFault<F> {
  fault: F;
  /** How many calls it was aimed at. */
  seen: number;
  hits: number;
}

/** Creates a set without faults. */
export function createFaultSet<F extends AnyFault>(): FaultSet<F> {
  const active: ActiveFault<F>[] = [];
  return {
    set: (fault) => void active.push({ fault, seen: 0, hits: 0 }),
    clear: () => void active.splice(0),
    has: (isMeant) => active.some(({ fault }) => isMeant(fault)),
    take: (isAimed) => active.filter((entry) => isAimed(entry.fault) && countHit(entry)).map(({ fault }) => fault),
  };
}

/** Whether a fault is aimed at a call, be it its turn or not. */
export function isAimedAt({ on = "any", method, user }: Aim, call: Call): boolean {
  if (on !== "any" && on !== call.route) return false;
  if (user !== undefined && user !== call.user) return false;
  return method === undefined || method === call.method;
}

function countHit(entry: ActiveFault<AnyFault>): boolean {
  const { nth, times } = entry.fault;
  entry.seen += 1;
  if ((nth !== undefined && entry.seen !== nth) || (times !== undefined && entry.hits >= times)) return false;
  entry.hits += 1;
  return true;
}

/** The first fault of a kind. */
export function findFault<F extends { kind: string }, K extends F["kind"]>(
  faults: readonly F[],
  kind: K,
): Extract<F, { kind: K }> | undefined {
  return faults.find((fault): fault is Extract<F, { kind: K }> => fault.kind === kind);
}
