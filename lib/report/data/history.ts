/** What the ledger's history says of one subject at a past moment. */

import type { HistoryEvent, Ledger, Verdict } from "../../model/index.ts";

/** What happened to a subject after its sweep, until a moment. */
export interface LaterHistory {
  /** All until the moment, oldest first; never empty. */
  readonly events: readonly HistoryEvent[];
  readonly last: HistoryEvent;
}

/** `undefined`: nothing had happened to it until the moment but what the sweep itself saw and did. */
export async function readLaterHistory(
  ledger: Pick<Ledger, "readHistory">,
  { run, id: directory }: { readonly run: string; readonly id: string },
  id: string,
  moment: number,
): Promise<LaterHistory | undefined> {
  const events = eventsUntil((await ledger.readHistory(directory, id)).events, moment);
  const last = events.at(-1);
  return last && last.run !== run ? { events, last } : undefined;
}

export const eventsUntil = (events: readonly HistoryEvent[], moment: number): HistoryEvent[] =>
  events.filter(({ at }) => Date.parse(at) < moment);

/** When the last of these events' verdicts began; ISO 8601. */
export function verdictSince(events: readonly HistoryEvent[], verdict: Verdict): string {
  const before = events.findLastIndex((event) => event.verdict !== verdict || event.kind === "departed");
  return events[before + 1]?.at ?? events.at(-1)?.at ?? "";
}
