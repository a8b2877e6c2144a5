/** The rows of a run that died: nobody knows which of its pages count, but what it finished is in the sealed change log. */

import { type Change, type Evidence, omitUndefined } from "../../model/index.ts";
import type { ReportRow, SweptDirectory } from "./model.ts";
import { type PlannedChange, type PlannedOutcome, readChangeLog } from "./planned-outcomes.ts";

/** Of every account that the run had finished a change of; nothing for a run that sealed itself. */
export async function* readRecoveredRows(
  evidence: Evidence,
  swept: SweptDirectory,
  outcomes: ReadonlyMap<string, PlannedChange>,
): AsyncGenerator<readonly ReportRow[]> {
  if (swept.manifest.recovers === undefined) return;
  for await (const changes of readChangeLog(evidence, swept.manifest))
    yield changes.flatMap((change) => {
      const outcome = outcomes.get(change.id);
      return outcome?.outcome !== undefined ? [recoveredRow(swept, change, outcome)] : [];
    });
}

function recoveredRow({ record, manifest }: SweptDirectory, change: Change, ended: PlannedOutcome): ReportRow {
  const { id, username, rule, requirement, before, custodial, verdict: was = "violating" } = change;
  return {
    directory: record.id,
    vendor: record.vendor,
    kind: requirement === "profile" ? "profile" : "account",
    id,
    username,
    facts: before,
    read: was,
    verdict: ended.verdict ?? was,
    rule,
    requirement,
    why: "its run planned a change of it, and died before it ended",
    observedAt: ended.at ?? manifest.startedAt,
    since: manifest.startedAt,
    outcome: ended.outcome,
    outcomeWhy: ended.why,
    ...omitUndefined({
      outcomeAt: ended.at,
      factsAfter: ended.facts,
      undoes: ended.undoes,
      custodial: custodial || undefined,
    }),
  };
}
