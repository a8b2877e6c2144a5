/** A run against the complete one before it, as a report says it: the difference, or in words why there is none. */

import { WardenError } from "../../errors.ts";
import { type Difference, findDifference } from "./difference.ts";
import type { ReportData } from "./gather.ts";
import type { ReportPorts } from "./model.ts";
import { formatCount } from "./wording.ts";

/** `code`: the evidence of the run before is not as it was written, or cannot be read. */
export type Comparison = { readonly difference: Difference } | { readonly why: string; readonly code?: string };

/**
 * Never throws for what is wrong with the evidence of an earlier run: the report of this one stands without it, and says so.
 * Reads both populations once more.
 */
export async function compareWithPrevious(
  ports: ReportPorts,
  data: ReportData,
  signal: AbortSignal,
): Promise<Comparison> {
  if (data.swept.every(({ record }) => record.plan === undefined)) return { why: NOT_COMPLETE };
  try {
    const difference = await findDifference(ports, data, signal);
    return difference ? { difference } : { why: NOTHING_BEFORE };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof WardenError) || !error.code.startsWith("ERR_EVIDENCE_")) throw error;
    return { why: `The run before cannot be compared with. ${error.message}`, code: error.code };
  }
}

const NOT_COMPLETE =
  "This run did not read everybody, so nothing can be said of what changed: who was not read may be as before.";
const NOTHING_BEFORE =
  "No sweep before this one had read everybody of these directories: there is nothing to compare with.";

/** One sentence for people. */
export function describeComparison(comparison: Comparison): string {
  if ("why" in comparison) return comparison.why;
  const { violating, fixed, appeared, departed, exemptions } = comparison.difference;
  const exempt = exemptions
    ? `exemptions: ${formatCount(exemptions.begun.length)} begun, ${formatCount(exemptions.ended.length)} ended`
    : "exemptions: not known, a policy was not kept";
  const by =
    fixed.count === 0 ? "" : ` (${formatCount(fixed.byUs)} by us, ${formatCount(fixed.byThemselves)} by themselves)`;
  return `${formatCount(violating.count)} newly violating, ${formatCount(fixed.count)} fixed${by}, ${formatCount(appeared.count)} new, ${formatCount(departed.count)} departed; ${exempt}.`;
}

/** What it is compared with: `run X` or, where directories differ in that, `the sweeps before`. */
export function describePrevious({ previous }: Difference): string {
  const runs = new Set(previous.map(({ record }) => record.run));
  return runs.size === 1 ? `run ${[...runs].join()}` : "the sweeps before";
}
