/** What became of the changes that a run planned in one directory, and of the accounts they were made to. */

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { mapConcurrently } from "../../concurrency.ts";
import { loadFile, type StoredFile, type SweepManifest } from "../../evidence/index.ts";
import {
  type Change,
  type ChangeNotice,
  type Evidence,
  type HistoryEvent,
  type Ledger,
  type Outcome,
  omitUndefined,
  type RecordedFacts,
  type SubjectState,
  type Verdict,
} from "../../model/index.ts";

const unpack = promisify(gunzip);

/** Shared between accounts where it says the same of them: a plan may hold a million. */
export interface PlannedOutcome {
  readonly outcome: Outcome;
  readonly why: string;
  readonly at?: string;
  /** What the account is after it; absent where nothing was tried, or nothing could be seen. */
  readonly verdict?: Verdict;
  readonly facts?: RecordedFacts;
  /** The run whose change was to be undone. */
  readonly undoes?: string;
  /** What the person was told beforehand. */
  readonly notice?: ChangeNotice;
}

/** A change that is planned, and has no outcome. The run only looked, was over a limit, or ended before. */
export interface WaitingChange {
  readonly outcome?: undefined;
  /** The run whose change is to be undone. */
  readonly undoes?: string;
  /** What the person was told beforehand. */
  readonly notice?: ChangeNotice;
}

export type PlannedChange = PlannedOutcome | WaitingChange;

interface OutcomePorts {
  readonly ledger: Pick<Ledger, "listChanges" | "readStates" | "readHistory">;
  readonly evidence: Evidence;
}

const HISTORIES_IN_PARALLEL = 16;
/** Changes whose states and histories are read and kept at once. */
const CHANGES_IN_BATCH = 500;

/**
 * By account, as the signed change log has them: no change counts that it does not hold. One that had not ended when the run was
 * closed ends as the ledger says now; without any outcome it is waiting. Throws `ERR_EVIDENCE_ALTERED`.
 */
export async function readPlannedOutcomes(
  { ledger, evidence }: OutcomePorts,
  { run, id: directory, changeLog }: Pick<SweepManifest, "run" | "id" | "changeLog">,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PlannedChange>> {
  const outcomes = outcomesByAccount(ledger);
  const unfinished = new Set<string>();
  for await (const changes of readChangeLog(evidence, { changeLog })) {
    for (let i = 0; i < changes.length; i += CHANGES_IN_BATCH) {
      signal.throwIfAborted();
      await outcomes.add(changes.slice(i, i + CHANGES_IN_BATCH));
    }
    for (const { id, outcome } of changes) if (outcome === undefined) unfinished.add(id);
  }
  if (unfinished.size > 0)
    for await (const changes of ledger.listChanges(run, directory)) {
      signal.throwIfAborted();
      await outcomes.add(changes.filter(({ id }) => unfinished.has(id)));
    }
  return outcomes.end();
}

/** Every line of a change log, a file at a time. Throws `ERR_EVIDENCE_ALTERED`. */
export async function* readChangeLog(
  evidence: Evidence,
  { changeLog }: Pick<SweepManifest, "changeLog">,
): AsyncGenerator<readonly Change[]> {
  for (const stored of changeLog) yield await readChangeFile(evidence, stored);
}

async function readChangeFile(evidence: Evidence, stored: StoredFile): Promise<Change[]> {
  const lines = (await unpack(await loadFile(evidence, stored))).toString("utf8").split("\n", stored.count);
  return lines.map((line): Change => JSON.parse(line));
}

function outcomesByAccount(ledger: OutcomePorts["ledger"]) {
  const byAccount = new Map<string, PlannedChange>();
  const shared = new Map<string, PlannedChange>();
  /** One object for all that say the same. */
  const share = (planned: PlannedChange): PlannedChange => {
    const key = JSON.stringify(planned);
    const known = shared.get(key) ?? planned;
    shared.set(key, known);
    return known;
  };
  return {
    async add(changes: readonly Change[]): Promise<void> {
      const tried = changes.filter(({ outcome, foreseen }) => outcome !== undefined && !foreseen);
      for (const [id, outcome] of await readTried(ledger, tried)) byAccount.set(id, outcome);
      for (const change of changes)
        if (change.foreseen) byAccount.set(change.id, share(foreseenOutcome(change)));
        else if (change.outcome === undefined) byAccount.set(change.id, share(moreOf(change)));
    },
    end: (): ReadonlyMap<string, PlannedChange> => byAccount,
  };
}

const foreseenOutcome = (change: Change): PlannedOutcome => ({
  outcome: change.outcome ?? "needs-user",
  why: change.why ?? "",
  ...moreOf(change),
});

const moreOf = ({ revert, notice }: Change) => omitUndefined({ undoes: revert?.run, notice });

async function readTried(
  ledger: OutcomePorts["ledger"],
  changes: readonly Change[],
): Promise<[string, PlannedOutcome][]> {
  const directory = changes[0]?.directory;
  if (directory === undefined) return [];
  const ids = changes.map(({ id }) => id);
  const states = await ledger.readStates(directory, ids);
  return mapConcurrently(changes, HISTORIES_IN_PARALLEL, async (change): Promise<[string, PlannedOutcome]> => {
    const event = await findOutcomeEvent(ledger, change, states.get(change.id));
    const { outcome = "failed", why = "", at } = change;
    const seen = omitUndefined({ at, verdict: event?.verdict, facts: event?.facts });
    return [change.id, { outcome, why, ...seen, ...moreOf(change) }];
  });
}

/** The line of the account's history that this change left: the newest one, unless something happened since. */
async function findOutcomeEvent(
  ledger: OutcomePorts["ledger"],
  change: Change,
  state: SubjectState | undefined,
): Promise<HistoryEvent | undefined> {
  const isOfChange = ({ kind, run }: HistoryEvent) => kind === "outcome" && run === change.run;
  if (!state) return undefined;
  if (isOfChange(state.event)) return state.event;
  // Refused in bulk, when a limit or a lost lease ended the run: nobody looked at the account again.
  if (change.outcome === "refused" && state.event.at < (change.at ?? "")) return undefined;
  return (await ledger.readHistory(change.directory, change.id)).events.findLast(isOfChange);
}
