/**
 * What changed since the sweep before: who came to violate, who was fixed and by whom, who is new, who has gone, which
 * exemptions began and ended.
 */

import { omitUndefined } from "../../model/index.ts";
import { type Basis, findBases, listRunsUntil } from "./basis.ts";
import { type ExemptionChanges, findExemptionChanges } from "./exemption-changes.ts";
import type { ReportData } from "./gather.ts";
import type { ReportPorts } from "./model.ts";
import { comparePopulations } from "./population-comparison.ts";
import { accumulateTransitions, type Transitions } from "./transitions.ts";

export interface Difference extends Transitions {
  /** What this run is compared with, by directory, each with its age when this run began. */
  readonly previous: readonly Basis[];
  /** Directories that no earlier sweep had read whole, or that this one did not: nothing is said of them. */
  readonly notCompared: readonly string[];
  /** Of the compared directories, by the policies of both runs; absent where one of them is not kept. */
  readonly exemptions?: ExemptionChanges;
}

/**
 * Compares a run with the last sweeps before it that read everybody. `undefined`: there is none of any directory.
 * Throws `ERR_EVIDENCE_ALTERED` and `ERR_EVIDENCE_UNAVAILABLE`.
 */
export async function findDifference(
  ports: ReportPorts,
  now: ReportData,
  signal: AbortSignal,
): Promise<Difference | undefined> {
  const began = Date.parse(now.head.startedAt);
  const runs = await listRunsUntil(ports.ledger, Number.POSITIVE_INFINITY);
  const earlier = runs.filter(({ run, startedAt }) => run !== now.head.run && Date.parse(startedAt) <= began);
  const complete = now.swept.filter(({ record }) => record.plan !== undefined);
  const ids = complete.map(({ record }) => record.id);
  const found = await findBases(ports, earlier, ids, began);
  if (found.size === 0) return undefined;
  const transitions = accumulateTransitions();
  for (const swept of complete) {
    const previous = found.get(swept.record.id);
    if (previous) await comparePopulations(ports, { previous, now: swept, runs }, transitions, signal);
  }
  const previous = ids.flatMap((id) => found.get(id) ?? []);
  const named = now.head.directories.map(({ id }) => id);
  return {
    previous,
    notCompared: named.filter((id) => !found.has(id)),
    ...transitions.end(),
    ...omitUndefined({ exemptions: await findExemptionChanges(ports.evidence, previous, now) }),
  };
}
