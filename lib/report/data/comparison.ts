/** A run against the complete one before it, as a report says it: the difference, or in words why there is none. */

import { WardenError } from "../../errors.ts";
import type { Exemption } from "../../policy/index.ts";
import { noteOf, warningOf } from "../formats/meaning.ts";
import { json } from "../formats/text.ts";
import { restText } from "./basis.ts";
import { type Difference, type DifferencePorts, differenceOf } from "./difference.ts";
import type { Gathered } from "./gather.ts";
import type { ReportHead } from "./model.ts";
import { count } from "./wording.ts";

/** `code`: the evidence of the run before is not as it was written, or cannot be read. */
export type Compared = { readonly difference: Difference } | { readonly why: string; readonly code?: string };

/**
 * Never throws for what is wrong with the evidence of an earlier run: the report of this one stands without it, and says so.
 * Reads both populations once more.
 */
export async function compareWithBefore(
  ports: DifferencePorts,
  gathered: Gathered,
  signal: AbortSignal,
): Promise<Compared> {
  if (gathered.sources.every(({ record }) => record.plan === undefined))
    return {
      why: "This run did not read everybody, so nothing can be said of what changed: who was not read may be as before.",
    };
  try {
    const difference = await differenceOf(ports, gathered, signal);
    return difference ? { difference } : { why: FIRST };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof WardenError) || !error.code.startsWith("ERR_EVIDENCE_")) throw error;
    return { why: `The run before cannot be compared with. ${error.message}`, code: error.code };
  }
}

const FIRST = "No sweep before this one had read everybody of these directories: there is nothing to compare with.";

/** One sentence for people. */
export function comparedText(compared: Compared): string {
  if ("why" in compared) return compared.why;
  const { violating, fixed, appeared, departed, exemptions } = compared.difference;
  const exempt = exemptions
    ? `exemptions: ${count(exemptions.begun.length)} begun, ${count(exemptions.ended.length)} ended`
    : "exemptions: not known, a policy was not kept";
  const who = fixed.count === 0 ? "" : ` (${count(fixed.byUs)} by us, ${count(fixed.byThemselves)} by themselves)`;
  return `${count(violating.count)} newly violating, ${count(fixed.count)} fixed${who}, ${count(appeared.count)} new, ${count(departed.count)} departed; ${exempt}.`;
}

/** What it is compared with: `run X` or, where directories differ in that, `the sweeps before`. */
export function beforeText({ before }: Difference): string {
  const runs = new Set(before.map(({ record }) => record.run));
  return runs.size === 1 ? `run ${[...runs].join()}` : "the sweeps before";
}

/** As `report --json` has it. */
export function comparedCounts(compared: Compared): object {
  if ("why" in compared) return compared;
  const { violating, fixed, appeared, departed, exemptions } = compared.difference;
  return {
    ...comparedWith(compared.difference),
    ...{ violating: violating.count, fixed: fixed.count, fixedByUs: fixed.byUs, fixedByThemselves: fixed.byThemselves },
    ...{ appeared: appeared.count, departed: departed.count },
    ...(exemptions ? { exemptionsBegun: exemptions.begun.length, exemptionsEnded: exemptions.ended.length } : {}),
  };
}

const comparedWith = ({ before, notCompared }: Difference) => ({
  comparedWith: before.map((rest) => ({
    ...{ directory: rest.record.id, run: rest.record.run, endedAt: rest.manifest.endedAt, says: restText(rest) },
  })),
  notCompared,
});

export const DIFFERENCE = "difference.json";

/** One line of JSON: the counts, the first 200 of each list, and how many went from which verdict to which. */
export function differenceJson(head: ReportHead, compared: Compared): string {
  const note = noteOf(head);
  const said = {
    complete: warningOf(head) === undefined,
    ...(note === undefined ? {} : { warning: note }),
    run: head.run,
  };
  if ("why" in compared) return `${json({ ...said, ...compared })}\n`;
  const { violating, fixed, appeared, departed, moves, exemptions } = compared.difference;
  const listed = exemptions && { begun: listOf(exemptions.begun), ended: listOf(exemptions.ended) };
  return `${json({ ...said, ...comparedWith(compared.difference), violating, fixed, appeared, departed, ...(listed ? { exemptions: listed } : {}), moves })}\n`;
}

const LISTED = 200;

const listOf = (exemptions: readonly Exemption[]) => ({
  count: exemptions.length,
  first: exemptions.slice(0, LISTED).map((one) => ({
    ...one,
    from: new Date(one.from).toISOString(),
    until: new Date(one.until).toISOString(),
  })),
});
