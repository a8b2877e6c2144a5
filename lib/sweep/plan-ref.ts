/** Which changes in the ledger are the plan of one sweep: those of the attempts that count. */
import type { Change, Ledger } from "../model/index.ts";

/** A read step that died may have planned changes; they are in the ledger under another attempt, and do not count. */
export interface PlanRef {
  readonly run: string;
  /** Names the attempt that counts of each read step, by the step's number. */
  readonly authors: readonly string[];
}

const isCounted = ({ authors }: PlanRef, { step, author }: Change): boolean => authors[step] === author;

/** The plan's changes, in the order of ids, from behind `after`; strongly consistent. */
export async function* listPlan(
  ledger: Pick<Ledger, "listChanges">,
  directory: string,
  plan: PlanRef,
  after?: string,
): AsyncGenerator<Change[]> {
  for await (const changes of ledger.listChanges(plan.run, directory, after))
    yield changes.filter((change) => isCounted(plan, change));
}
