/** Every change that was tried in a period, from the signed change logs, and from the ledger where there is none. */

import { WardenError } from "../../../errors.ts";
import { hourOfRun, loadChanges } from "../../../evidence/index.ts";
import { type Change, noChanges, OUTCOMES, type Outcome, type Problem } from "../../../model/index.ts";
import type { ChangeSource, PeriodChange, PeriodPorts } from "./model.ts";

/**
 * A page at a time. A change log that is not as it was written is left out, and told of.
 * @param onProblem hears of each
 */
export async function* readChanges(
  ports: Pick<PeriodPorts, "ledger" | "evidence">,
  sources: readonly ChangeSource[],
  onProblem: (problem: Problem) => void,
  signal: AbortSignal,
): AsyncGenerator<readonly PeriodChange[]> {
  for (const source of sources)
    for await (const changes of pagesOf(ports, source, onProblem)) {
      signal.throwIfAborted();
      yield changesOf(source, changes);
    }
}

async function* pagesOf(
  { ledger, evidence }: Pick<PeriodPorts, "ledger" | "evidence">,
  { run, directory, kind, log }: ChangeSource,
  onProblem: (problem: Problem) => void,
): AsyncGenerator<readonly Change[]> {
  if (log === undefined)
    return yield* kind === "events"
      ? ledger.listEventChanges(directory, hourOfRun(run) ?? run)
      : ledger.listChanges(run, directory);
  for (const stored of log)
    try {
      yield await loadChanges(evidence, stored);
    } catch (error) {
      if (!(error instanceof WardenError && EVIDENCE_CODES.includes(error.code))) throw error;
      const message = `Changes of run ${run} in ${directory} are not listed: ${error.message}`;
      onProblem({ code: error.code, directory, message });
    }
}

const EVIDENCE_CODES: readonly string[] = ["ERR_EVIDENCE_ALTERED", "ERR_EVIDENCE_UNAVAILABLE"];

/** What was planned and not tried is no change. */
const changesOf = (source: ChangeSource, changes: readonly Change[]): PeriodChange[] =>
  changes.flatMap((change) => (change.outcome === undefined ? [] : [changeOf(source, change, change.outcome)]));

function changeOf({ run, kind, approval, log }: ChangeSource, change: Change, outcome: Outcome): PeriodChange {
  const { directory, id, username, rule, requirement, why, at = "", revert } = change;
  return {
    at,
    directory,
    id,
    username,
    rule,
    requirement,
    outcome,
    why,
    run,
    event: kind === "events" ? change.run : undefined,
    undoes: revert?.run,
    approvedBy: approval?.by ?? revert?.approvedBy,
    approvedAt: approval?.at,
    note: approval?.note,
    plan: approval?.hash,
    recordedIn: log === undefined ? "ledger" : "evidence",
  };
}

/** Counts of changes that only the ledger has. */
export async function countListed(pages: AsyncIterable<readonly Change[]>): Promise<ChangeSource["counts"]> {
  const counts = noChanges();
  for await (const page of pages)
    for (const { outcome } of page) {
      counts.planned++;
      if (outcome !== undefined) counts[outcome]++;
    }
  return counts;
}

/** Changes that were tried. */
export const triedChanges = (counts: ChangeSource["counts"]): number =>
  OUTCOMES.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);
