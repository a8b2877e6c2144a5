/** The room of one change: claim, read, guards, change, read back, record; and what recovers it after a crash. */
export { BUDGET, spends } from "./budget.ts";
export type { Bench, EnforcementPorts, Moment } from "./context.ts";
export { enforce, isStale, settle } from "./enforce.ts";
export { enforceable, lockOut, passwordRefused } from "./guards.ts";
export { isPlanned, observeAll } from "./observe.ts";
export { failed, pollJob, promoteAll, startPush } from "./publish.ts";
export { type Push, pusher } from "./publish-queue.ts";
export type { Ended } from "./record.ts";
