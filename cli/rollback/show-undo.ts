/** Says after the plan of an undoing whom it leaves out, and what comes after it. */

import type { Change, Ledger } from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { results } from "../terminal/output.ts";
import { dim, yellow } from "../terminal/piece.ts";
import type { Undoable } from "./find-undoable.ts";

const MAX_NAMES_SHOWN = 10;

export async function showUndo(
  ledger: Pick<Ledger, "listChanges">,
  { run, made }: Undoable,
  report: RunReport,
): Promise<void> {
  const planned = await readPlanned(ledger, report);
  const isPlanned = ({ directory, id }: Change) => planned.some((one) => one.directory === directory && one.id === id);
  const unseen = made.filter((change) => !isPlanned(change));
  results.line();
  if (unseen.length > 0)
    results.line(
      yellow("note"),
      ` ${unseen.length} of the ${made.length} that run ${run} changed are not in this plan, since they were not listed any more: ${namesOf(unseen)}.`,
    );
  const open = planned.filter(({ outcome }) => outcome === undefined);
  results.line(dim(open.length === 0 ? "Nothing can be put back." : NEXT));
}

const NEXT =
  "Nothing was put back yet: that takes an approval. Afterwards these accounts are violating again; they are left alone for 24 hours. " +
  "Exempt them or hold them until then, or the next sweep switches MFA on again.";

async function readPlanned(
  ledger: Pick<Ledger, "listChanges">,
  { run, directories }: RunReport,
): Promise<readonly Change[]> {
  const pages = await Promise.all(directories.map(({ id }) => Array.fromAsync(ledger.listChanges(run, id))));
  return pages.flat(2);
}

function namesOf(changes: readonly Change[]): string {
  const names = changes.slice(0, MAX_NAMES_SHOWN).map(({ username }) => username);
  return changes.length > names.length ? `${names.join(", ")} and others` : names.join(", ");
}
