/** One directory, as a durable workflow: from the lease over reading, judging and changing to the signed manifest. */
import type { Durable } from "../durable.ts";
import type { DirectoryRecord } from "../model/index.ts";
import { admitApproved } from "./admit.ts";
import { applyPlan } from "./apply.ts";
import { closeSweep } from "./close.ts";
import { type SweepOrder, type SweepPorts, sweepContext } from "./context.ts";
import { countPopulation } from "./count.ts";
import { recordDeparted } from "./departed.ts";
import { type LeasedContext, takeLease } from "./lease.ts";
import { sendNotices } from "./notices.ts";
import type { Phase } from "./phase.ts";
import { makePlan } from "./plan.ts";
import { preflight } from "./preflight.ts";
import { publish } from "./publish.ts";
import { readAndJudge } from "./read.ts";
import { recoverRuns } from "./recover-run.ts";
import { addProblems, newState, type SweepState } from "./state.ts";

export type { ProgressEvent, SweepOrder, SweepPorts } from "./context.ts";
export { isNote } from "./record.ts";
export { readMadeChanges } from "./undo-changes.ts";

/** In their order. Each begins only if the one before it says so; changes begin only after the whole population passed the gate. */
const PHASES: readonly Phase[] = [
  recoverRuns,
  preflight,
  readAndJudge,
  countPopulation,
  recordDeparted,
  admitApproved,
  sendNotices,
  makePlan,
  applyPlan,
  publish,
];

/** Sweeps one directory and answers its record. Problems are in the record; nothing that can be expected is thrown. */
export async function sweep(durable: Durable, ports: SweepPorts, order: SweepOrder): Promise<DirectoryRecord> {
  const context = sweepContext(durable, ports, order);
  const held = await takeLease(context);
  if (!held.ok) return closeSweep(context, undefined, addProblems(newState(), [held.problem]));
  const state = await runPhases({ ...context, ...held.value }, newState());
  return closeSweep(context, held.value, state);
}

async function runPhases(context: LeasedContext, begun: SweepState): Promise<SweepState> {
  let state = begun;
  for (const phase of PHASES) {
    const result = await phase(context, state);
    state = result.state;
    if (!result.next) break;
  }
  return state;
}
