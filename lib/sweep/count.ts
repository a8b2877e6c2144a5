/** The phase after reading: asks for the total again, takes out who was read twice, and passes the gate or not. */
import { countDuplicates } from "../evidence/index.ts";
import { omitUndefined } from "../model/index.ts";
import { directoryConfig } from "../policy/index.ts";
import { compareWithBaseline } from "./baseline.ts";
import { completenessGate } from "./completeness-gate.ts";
import { reportProgress } from "./context.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { halt, type Phase, proceed } from "./phase.ts";
import { addDuplicates, addTotal, listedCount, readCount, type SweepState } from "./state.ts";
import { askTotal } from "./total.ts";

export const countPopulation: Phase = async (context, state) => {
  const step = await runLeasedStep(context, "count", (signal) => count(context, state, signal));
  if (!step.ok) return halt(state, [step.problem]);
  const counted = addDuplicates(addTotal(state, step.value.total), step.value.repeated);
  const reasons = completenessGate({ ...populationOf(context, counted), comparison: step.value.comparison });
  reportProgress(context, "gated", counted.totals[0], readCount(counted));
  return reasons.length === 0 ? proceed(counted) : halt(counted, reasons);
};

async function count(context: LeasedContext, state: SweepState, signal: AbortSignal) {
  const { ports, order, open } = context;
  return omitUndefined({
    // That of the shards was asked for after reading them.
    total: state.shards ? {} : await askTotal(order.directory, await open(signal), signal),
    repeated: await countDuplicates(ports.evidence, state.segments),
    comparison: await compareWithBaseline(context, state),
  });
}

const populationOf = ({ ports, order, head }: LeasedContext, state: SweepState) => ({
  directory: order.directory,
  listed: listedCount(state),
  absent: state.absent,
  expected: directoryConfig(ports.policy, order.directory)?.expect?.accounts,
  totals: state.totals,
  clocks: state.clocks,
  claimed: state.claimed,
  baseline: head.baseline,
  source: state.source,
  populations: state.populations,
});
