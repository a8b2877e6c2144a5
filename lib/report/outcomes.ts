/** What became of the changes that a run planned in one directory, and of the accounts they were made to. */

import type { Change, FactSheet, HistoryEvent, Ledger, Outcome, State, Verdict } from "../model.ts";
import { pooled } from "../pool.ts";

/** Shared between accounts where it says the same of them: a plan may hold a million. */
export interface Ending {
  readonly outcome: Outcome;
  readonly why: string;
  readonly at?: string;
  /** What the account is after it; absent where nothing was tried, or nothing could be seen. */
  readonly verdict?: Verdict;
  readonly facts?: FactSheet;
}

type Reader = Pick<Ledger, "changes" | "states" | "history">;
const HISTORIES_AT_ONCE = 16;

/** By account. Planned changes without an outcome are not in it. */
export async function endingsOf(
  ledger: Reader,
  run: string,
  directory: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Ending>> {
  const endings = new Map<string, Ending>();
  const foreseen = new Map<string, Ending>();
  for await (const changes of ledger.changes(run, directory)) {
    signal.throwIfAborted();
    const tried = changes.filter(({ outcome, foreseen }) => outcome !== undefined && !foreseen);
    for (const [id, ending] of await triedOf(ledger, tried)) endings.set(id, ending);
    for (const change of changes) if (change.foreseen) endings.set(change.id, shared(foreseen, change));
  }
  return endings;
}

function shared(known: Map<string, Ending>, { outcome = "needs-user", why = "" }: Change): Ending {
  const ending = known.get(why) ?? { outcome, why };
  known.set(why, ending);
  return ending;
}

async function triedOf(ledger: Reader, changes: readonly Change[]): Promise<[string, Ending][]> {
  const directory = changes[0]?.directory;
  if (directory === undefined) return [];
  const ids = changes.map(({ id }) => id);
  const states = await ledger.states(directory, ids);
  return pooled(changes, HISTORIES_AT_ONCE, async (change): Promise<[string, Ending]> => {
    const event = await eventOf(ledger, change, states.get(change.id));
    const { outcome = "failed", why = "", at } = change;
    const after = event ? { verdict: event.verdict, facts: event.facts } : {};
    return [change.id, { outcome, why, ...(at === undefined ? {} : { at }), ...after }];
  });
}

/** The line of the account's history that this change left: the newest one, unless something happened since. */
async function eventOf(ledger: Reader, change: Change, state: State | undefined): Promise<HistoryEvent | undefined> {
  const is = ({ kind, run }: HistoryEvent) => kind === "outcome" && run === change.run;
  if (!state) return undefined;
  if (is(state.event)) return state.event;
  // Refused in bulk, when a limit or a lost lease ended the run: nobody looked at the account again.
  if (change.outcome === "refused" && state.event.at < (change.at ?? "")) return undefined;
  return (await ledger.history(change.directory, change.id)).events.findLast(is);
}
