/** The control address of the simulated Strata Cloud Manager, `/_simulator/…`, for tests and demos in other processes. */

import { type Profile, shown } from "./config.ts";
import type { Fault } from "./faults.ts";
import type { Strata } from "./index.ts";
import type { Course } from "./jobs.ts";

/** Does what was asked; undefined when there is no such address, an error's text when it cannot be done. */
export function control(
  strata: Strata,
  method: string,
  url: URL,
  text: string,
): { status: number; body: unknown } | undefined {
  const action = actions[`${method} ${url.pathname.slice("/_simulator/".length)}`];
  try {
    return action && { status: 200, body: action(strata, text === "" ? {} : JSON.parse(text), url.searchParams) ?? {} };
  } catch (error) {
    return { status: 400, body: { error: String(error) } };
  }
}

// biome-ignore lint/suspicious/noExplicitAny: only tests come here, and a wrong body may fail in any way it likes
type Action = (strata: Strata, body: any, query: URLSearchParams) => unknown;

const actions: Record<string, Action> = {
  "GET calls": (strata, _, query) => (query.has("count") ? strata.counts() : strata.calls),
  "GET candidate": (strata) => strata.candidate().map(shown),
  "GET running": (strata) => strata.running().map(shown),
  "GET pending": (strata) => strata.pending(),
  "POST faults": (strata, fault: Fault) => strata.fault(fault),
  "DELETE faults": (strata) => strata.heal(),
  "POST course": (strata, course: Partial<Course>) => strata.course(course),
  "POST edit": (strata, { name, patch, admin }: { name: string; patch: Partial<Profile>; admin?: string }) =>
    strata.edit(name, patch, admin),
  "POST remove": (strata, { name, admin }: { name: string; admin?: string }) => strata.remove(name, admin),
};
