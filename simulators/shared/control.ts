/** The control address of a simulator, `/_simulator/…`, for tests, demos and benchmarks in other processes. */

import type { CallLog } from "./call-log.ts";
import type { AnyFault, FaultSet } from "./faults.ts";

/** Where the control address is below a simulator's origin. */
export const CONTROL_PATH = "/_simulator";

// biome-ignore lint/suspicious/noExplicitAny: only tests come here, and a wrong body may fail in any way it likes
type ControlAction = (body: any, query: URLSearchParams) => unknown;

/** What can be asked at the control address, by "METHOD name". */
export type ControlActions = Record<string, ControlAction>;

interface ControlRequest {
  method: string;
  url: URL;
  text: string;
}

export interface ControlAnswer {
  status: number;
  body: unknown;
}

/** Whether an address is one of the control address. */
export function isControl({ pathname }: URL): boolean {
  return pathname.startsWith(`${CONTROL_PATH}/`);
}

/** Does what was asked; 404 when there is no such action, 400 with the error's text when it fails. */
export function answerControl(actions: ControlActions, { method, url, text }: ControlRequest): ControlAnswer {
  const action = actions[`${method} ${url.pathname.slice(CONTROL_PATH.length + 1)}`];
  if (!action) return { status: 404, body: { error: "There is no such address" } };
  try {
    return { status: 200, body: action(text === "" ? {} : JSON.parse(text), url.searchParams) ?? {} };
  } catch (error) {
    return { status: 400, body: { error: String(error) } };
  }
}

/** The actions that all simulators have: their calls and their faults. */
export function sharedActions<F extends AnyFault>(log: CallLog, faults: FaultSet<F>): ControlActions {
  return {
    "GET calls": (_, query) =>
      query.has("count") ? log.counts() : log.calls.filter(({ n }) => n >= Number(query.get("from") ?? 1)),
    "POST faults": (fault: F) => faults.set(fault),
    "DELETE faults": () => faults.clear(),
  };
}
