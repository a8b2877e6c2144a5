/** The control address of the simulated VMware Cloud Services, `/_simulator/…`, for tests in other processes. */

import type { Fault } from "./faults.ts";
import type { Vmware } from "./index.ts";

/** Does what was asked; undefined when there is no such address, an error's text when it cannot be done. */
export function control(
  vmware: Vmware,
  method: string,
  url: URL,
  text: string,
): { status: number; body: unknown } | undefined {
  const name = url.pathname.slice("/_simulator/".length);
  try {
    const action = actions[`${method} ${name}`];
    return action && { status: 200, body: action(vmware, text === "" ? {} : JSON.parse(text), url.searchParams) ?? {} };
  } catch (error) {
    return { status: 400, body: { error: String(error) } };
  }
}

// biome-ignore lint/suspicious/noExplicitAny: only tests come here, and a wrong body may fail in any way it likes
type Action = (vmware: Vmware, body: any, query: URLSearchParams) => unknown;

const actions: Record<string, Action> = {
  "GET calls": (vmware, _, query) =>
    query.has("count") ? vmware.counts() : vmware.calls.filter(({ n }) => n >= Number(query.get("from") ?? 1)),
  "POST faults": (vmware, fault: Fault) => vmware.fault(fault),
  "DELETE faults": (vmware) => vmware.heal(),
  "GET principal": (vmware, _, query) => vmware.principal(query.get("username") ?? ""),
  "POST change": (vmware, { username, patch }) => vmware.change(username, patch),
  "POST join": (vmware, { username }) => vmware.join(username),
  "POST leave": (vmware, { userId }) => vmware.leave(userId),
};
