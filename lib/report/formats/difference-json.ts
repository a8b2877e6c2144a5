/** The comparison with the run before as JSON: whole for its file, as counts for `report --json`. */

import { omitUndefined } from "../../model/index.ts";
import type { Exemption } from "../../policy/index.ts";
import { type Comparison, type Difference, describeBasis, type ReportHead } from "../data/index.ts";
import { incompleteWarning, openingNotice } from "./notices.ts";
import { jsonLine } from "./text.ts";

export const DIFFERENCE_FILE = "difference.json";

/** One line of JSON: the counts, the first 200 of each list, and how many went from which verdict to which. */
export function differenceJson(head: ReportHead, comparison: Comparison): string {
  const opening = {
    complete: incompleteWarning(head) === undefined,
    warning: openingNotice(head),
    run: head.run,
  };
  if ("why" in comparison) return `${jsonLine({ ...opening, ...comparison })}\n`;
  const { violating, fixed, appeared, departed, moves, exemptions } = comparison.difference;
  const document = {
    ...opening,
    ...comparedRuns(comparison.difference),
    violating,
    fixed,
    appeared,
    departed,
    exemptions: exemptions && { begun: exemptionList(exemptions.begun), ended: exemptionList(exemptions.ended) },
    moves,
  };
  return `${jsonLine(document)}\n`;
}

/** What `report --json` says of a comparison. */
export function comparisonCounts(comparison: Comparison): object {
  if ("why" in comparison) return comparison;
  const { violating, fixed, appeared, departed, exemptions } = comparison.difference;
  return {
    ...comparedRuns(comparison.difference),
    violating: violating.count,
    fixed: fixed.count,
    fixedByUs: fixed.byUs,
    fixedByThemselves: fixed.byThemselves,
    appeared: appeared.count,
    departed: departed.count,
    ...omitUndefined({
      exemptionsBegun: exemptions?.begun.length,
      exemptionsEnded: exemptions?.ended.length,
    }),
  };
}

const comparedRuns = ({ previous, notCompared }: Difference) => ({
  comparedWith: previous.map((basis) => ({
    directory: basis.record.id,
    run: basis.record.run,
    endedAt: basis.manifest.endedAt,
    says: describeBasis(basis),
  })),
  notCompared,
});

const MAX_LISTED_EXEMPTIONS = 200;

const exemptionList = (exemptions: readonly Exemption[]) => ({
  count: exemptions.length,
  first: exemptions.slice(0, MAX_LISTED_EXEMPTIONS).map(exemptionJson),
});

/** An exemption with its moments in ISO 8601. */
export const exemptionJson = (exemption: Exemption) => ({
  ...exemption,
  from: new Date(exemption.from).toISOString(),
  until: new Date(exemption.until).toISOString(),
});
