/** What became of the changes that a run planned in one directory, and of the accounts they were made to. */

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { mapConcurrently } from "../../concurrency.ts";
import { loadFile, type StoredFile } from "../../evidence/index.ts";
import type {
  Change,
  Evidence,
  HistoryEvent,
  Ledger,
  Outcome,
  RecordedFacts,
  SubjectState,
  Verdict,
} from "../../model/index.ts";

const unpack = promisify(gunzip);

/** Shared between accounts where it says the same of them: a plan may hold a million. */
export interface Ending {
  readonly outcome: Outcome;
  readonly why: string;
  readonly at?: string;
  /** What the account is after it; absent where nothing was tried, or nothing could be seen. */
  readonly verdict?: Verdict;
  readonly facts?: RecordedFacts;
}

interface Ports {
  readonly ledger: Pick<Ledger, "listChanges" | "readStates" | "readHistory">;
  readonly evidence: Evidence;
}

/** What a manifest says of its changes. */
interface Log {
  readonly run: string;
  readonly id: string;
  readonly changeLog: readonly StoredFile[];
}

const HISTORIES_AT_ONCE = 16;
/** So many histories are read and kept at once. */
const SOME = 500;

/**
 * By account, as the signed change log has them: no change counts that it does not hold. One that had not ended when the run was
 * closed ends as the ledger says now; without any outcome it is not in it. Throws `ERR_EVIDENCE_ALTERED`.
 */
export async function endingsOf(
  { ledger, evidence }: Ports,
  log: Log,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Ending>> {
  const endings = new Map<string, Ending>();
  const foreseen = new Map<string, Ending>();
  const open = new Set<string>();
  const take = async (changes: readonly Change[]) => {
    signal.throwIfAborted();
    const tried = changes.filter(({ outcome, foreseen }) => outcome !== undefined && !foreseen);
    for (const [id, ending] of await triedOf(ledger, tried)) endings.set(id, ending);
    for (const change of changes) if (change.foreseen) endings.set(change.id, shared(foreseen, change));
  };
  for (const stored of log.changeLog) {
    const changes = await changesIn(evidence, stored);
    for (let i = 0; i < changes.length; i += SOME) await take(changes.slice(i, i + SOME));
    for (const { id, outcome } of changes) if (outcome === undefined) open.add(id);
  }
  if (open.size === 0) return endings;
  for await (const changes of ledger.listChanges(log.run, log.id)) await take(changes.filter(({ id }) => open.has(id)));
  return endings;
}

async function changesIn(evidence: Evidence, stored: StoredFile): Promise<Change[]> {
  const lines = (await unpack(await loadFile(evidence, stored))).toString("utf8").split("\n", stored.count);
  return lines.map((line): Change => JSON.parse(line));
}

function shared(known: Map<string, Ending>, { outcome = "needs-user", why = "" }: Change): Ending {
  const ending = known.get(why) ?? { outcome, why };
  known.set(why, ending);
  return ending;
}

async function triedOf(ledger: Ports["ledger"], changes: readonly Change[]): Promise<[string, Ending][]> {
  const directory = changes[0]?.directory;
  if (directory === undefined) return [];
  const ids = changes.map(({ id }) => id);
  const states = await ledger.readStates(directory, ids);
  return mapConcurrently(changes, HISTORIES_AT_ONCE, async (change): Promise<[string, Ending]> => {
    const event = await eventOf(ledger, change, states.get(change.id));
    const { outcome = "failed", why = "", at } = change;
    const after = event ? { verdict: event.verdict, facts: event.facts } : {};
    return [change.id, { outcome, why, ...(at === undefined ? {} : { at }), ...after }];
  });
}

/** The line of the account's history that this change left: the newest one, unless something happened since. */
async function eventOf(
  ledger: Ports["ledger"],
  change: Change,
  state: SubjectState | undefined,
): Promise<HistoryEvent | undefined> {
  const is = ({ kind, run }: HistoryEvent) => kind === "outcome" && run === change.run;
  if (!state) return undefined;
  if (is(state.event)) return state.event;
  // Refused in bulk, when a limit or a lost lease ended the run: nobody looked at the account again.
  if (change.outcome === "refused" && state.event.at < (change.at ?? "")) return undefined;
  return (await ledger.readHistory(change.directory, change.id)).events.findLast(is);
}
