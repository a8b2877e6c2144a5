/** On which sweep it rests what is said of one account, and how old that is. */

import type { HistoryEvent } from "../../lib/model/index.ts";
import { ageText, type Rest, restsAt, restText, runsUntil } from "../../lib/report/index.ts";
import type { Records } from "../local/laptop.ts";
import { results } from "../terminal/output.ts";
import { dim } from "../terminal/print.ts";

/** The last sweep of the directory until a moment that read everybody. Throws `ERR_EVIDENCE_*`. */
export async function restOf(
  { ledger, evidence }: Pick<Records, "ledger" | "evidence">,
  directory: string,
  moment: number,
): Promise<Rest | undefined> {
  const runs = await runsUntil(ledger, moment);
  return (await restsAt({ ledger, evidence }, runs, [directory], moment)).get(directory);
}

export const restJson = (rest: Rest | undefined) =>
  rest
    ? {
        ...{ run: rest.record.run, endedAt: rest.manifest.endedAt, ageSeconds: Math.floor(rest.age / 1000) },
        ...{ passedOver: rest.passedOver, says: restText(rest) },
      }
    : null;

/** @param last the newest line of its history until the moment */
export function showRest(
  directory: string,
  last: HistoryEvent | undefined,
  moment: number,
  rest: Rest | undefined,
): void {
  const none = `No sweep had read everybody of ${directory} by ${new Date(moment).toISOString()}.`;
  results.line();
  if (last)
    results.line(dim(`The newest line is of run ${last.run} and was ${ageText(moment - Date.parse(last.at))} old.`));
  results.line(dim(rest ? restText(rest) : none));
}
