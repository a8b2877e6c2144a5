/** What a verdict's devices do not show: how old they are, and from where they were seen. */

import type { FactCaveat } from "../../model/index.ts";
import type { ReportRow } from "./model.ts";
import { formatMoment } from "./wording.ts";

/** One sentence each, for people. */
export const FACT_CAVEAT_TEXTS: Readonly<Record<FactCaveat, string>> = {
  network: "From another network, more or fewer devices may show.",
};

/** One sentence each; none where the devices were read with the rest, and all that there are show. */
export function factNotes({ factsReadAt, factCaveats }: Pick<ReportRow, "factsReadAt" | "factCaveats">): string[] {
  const readAt = factsReadAt?.devices;
  const caveat = factCaveats?.devices;
  return [
    ...(readAt === undefined ? [] : [`Devices as read on ${formatMoment(readAt)}.`]),
    ...(caveat === undefined ? [] : [FACT_CAVEAT_TEXTS[caveat]]),
  ];
}
