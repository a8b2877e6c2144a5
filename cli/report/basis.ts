/** How the basis of what is said of one account is shown: on which sweep it rests, and how old that is. */

import type { HistoryEvent } from "../../lib/model/index.ts";
import { type Basis, describeBasis, formatAge } from "../../lib/report/index.ts";
import { results } from "../terminal/output.ts";
import { dim } from "../terminal/piece.ts";

export const basisJson = (basis: Basis | undefined) =>
  basis
    ? {
        run: basis.record.run,
        endedAt: basis.manifest.endedAt,
        ageSeconds: Math.floor(basis.ageMs / 1000),
        passedOver: basis.passedOver,
        says: describeBasis(basis),
      }
    : null;

/** @param last the newest line of its history until the moment */
export function showBasis(
  directory: string,
  last: HistoryEvent | undefined,
  moment: number,
  basis: Basis | undefined,
): void {
  const none = `No sweep had read everybody of ${directory} by ${new Date(moment).toISOString()}.`;
  results.line();
  if (last)
    results.line(dim(`The newest line is of run ${last.run} and was ${formatAge(moment - Date.parse(last.at))} old.`));
  results.line(dim(basis ? describeBasis(basis) : none));
}
