/** Rows of a sweep: its time, calls and ledger units, its memory, its judging, and the bundle of its handler. */
export { measureBundle } from "./bundle.ts";
export { measureJudging } from "./judging.ts";
export { measureMemory } from "./memory.ts";
export { measureSweep } from "./sweep-rows.ts";
