/** Reads the planned changes of a run in one directory, those that matter most first. */

import { type Change, type Ledger, omitUndefined, REQUIREMENTS } from "../../lib/model/index.ts";

/** What would be changed comes before what only the person can correct; in each, the strongest requirement first. */
export async function readPlan(
  ledger: Pick<Ledger, "listChanges">,
  run: string,
  directory: string,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for await (const page of ledger.listChanges(run, directory)) changes.push(...page);
  return changes.toSorted(
    (a, b) =>
      Number(a.outcome !== undefined) - Number(b.outcome !== undefined) ||
      strength(b) - strength(a) ||
      a.username.localeCompare(b.username, "en"),
  );
}

const BY_STRENGTH: readonly string[] = REQUIREMENTS;
const strength = ({ requirement }: Change) => BY_STRENGTH.indexOf(requirement);

/** One planned change, for machines. */
export const changeJson = ({ id, username, rule, requirement, before, revert, outcome, why }: Change): object =>
  omitUndefined({ id, username, rule, requirement, before, revert, outcome, why });
