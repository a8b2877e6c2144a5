/** The control address of the simulated PingOne, `/_simulator/…`, for tests and benchmarks in other processes. */

import type { Fault } from "./faults.ts";
import type { PingOne } from "./index.ts";

/** Does what was asked; undefined when there is no such address, an error's text when it cannot be done. */
export function control(
  pingone: PingOne,
  method: string,
  url: URL,
  text: string,
): { status: number; body: unknown } | undefined {
  const name = url.pathname.slice("/_simulator/".length);
  try {
    const action = actions[`${method} ${name}`];
    return (
      action && { status: 200, body: action(pingone, text === "" ? {} : JSON.parse(text), url.searchParams) ?? {} }
    );
  } catch (error) {
    return { status: 400, body: { error: String(error) } };
  }
}

// biome-ignore lint/suspicious/noExplicitAny: only tests come here, and a wrong body may fail in any way it likes
type Action = (pingone: PingOne, body: any, query: URLSearchParams) => unknown;

const actions: Record<string, Action> = {
  "GET calls": (pingone, _, query) =>
    query.has("count") ? pingone.counts() : pingone.calls.filter(({ n }) => n >= Number(query.get("from") ?? 1)),
  "GET deliveries": (pingone) => pingone.deliveries,
  "POST faults": (pingone, fault: Fault) => pingone.fault(fault),
  "DELETE faults": (pingone) => pingone.heal(),
  "GET user": (pingone, _, query) => pingone.find(query.get("id") ?? ""),
  "POST change": (pingone, { id, patch }) => pingone.change(id, patch),
  "POST join": (pingone, patch) => pingone.join(patch),
  "POST leave": (pingone, { id }) => pingone.leave(id),
};
