/** Finishes what a run that died left open. */

import { mapConcurrently } from "../concurrency.ts";
import { isClaimStale, recoverClaim, type SubjectContext } from "../enforcement/index.ts";
import { problemOf, WardenError } from "../errors.ts";
import { closeFinishedRun } from "../ledger/index.ts";
import {
  addCounts,
  type Claim,
  type DirectoryRecord,
  type Lease,
  type Ledger,
  noChanges,
  noVerdicts,
} from "../model/index.ts";
import { AT_ONCE } from "./apply.ts";

/** Made under an earlier lease, or too old to be anybody's: an event's living claim has no lease, and is left to it. */
const isDead = (bench: SubjectContext, { token }: Lease, claim: Claim) =>
  (claim.token > 0 && claim.token < token) || isClaimStale(bench, claim);

async function closeDead(ledger: Ledger, dead: string, bench: SubjectContext): Promise<void> {
  const known = await ledger.readRun(dead);
  if (!known) return;
  const record = known.directories.find(({ id }) => id === bench.id) ?? blankRecord(dead, bench, known.run.mode);
  const changes = await countOutcomes(ledger, dead, bench.id);
  const message = `Run ${dead} of ${bench.id} died before it ended; what it left open is settled.`;
  const problem = problemOf(new WardenError("ERR_RUN_DIED", message), bench.id);
  const died = { status: "failed", problems: [...record.problems, problem] } as const;
  await ledger.saveDirectory({ ...record, changes, ...(record.status === "running" ? died : {}) });
  await closeFinishedRun(ledger, dead);
}

const blankRecord = (run: string, bench: SubjectContext, mode: DirectoryRecord["mode"]): DirectoryRecord => ({
  ...{ run, id: bench.id, vendor: bench.directory.vendor, status: "running", mode, read: 0, problems: [] },
  verdicts: noVerdicts(),
  after: noVerdicts(),
  changes: noChanges(),
});

async function countOutcomes(ledger: Ledger, run: string, directory: string): Promise<DirectoryRecord["changes"]> {
  let sum = noChanges();
  for await (const changes of ledger.listChanges(run, directory))
    for (const { outcome } of changes) sum = addCounts(sum, { planned: 1, ...(outcome ? { [outcome]: 1 } : {}) });
  return sum;
}

/** Settles every claim that a dead run left open in this directory, and closes the run as failed. */
export async function recoverRun(
  bench: SubjectContext,
  lease: Lease,
  dead: string,
  signal: AbortSignal,
): Promise<void> {
  const { ledger } = bench;
  for await (const changes of ledger.listChanges(dead, bench.id)) {
    const states = await ledger.readStates(
      bench.id,
      changes.map(({ id }) => id),
      true,
    );
    const open = changes.flatMap((change) => {
      const state = states.get(change.id);
      return state?.claim && isDead(bench, lease, state.claim) ? [{ change, state }] : [];
    });
    await mapConcurrently(open, AT_ONCE, ({ change, state }) => recoverClaim(bench, { lease, change, state }, signal));
  }
  await closeDead(ledger, dead, bench);
  await ledger.markRunRecovered(lease, dead);
}

/** Closes the runs that died before they held this directory's lease, or while they waited for it: nothing else names them. */
export async function closeAbandonedRuns(bench: SubjectContext, { run }: Lease): Promise<void> {
  for (const earlier of await bench.ledger.listRuns(20))
    if (earlier.status === "running" && earlier.run < run && earlier.directories.includes(bench.id))
      await closeDead(bench.ledger, earlier.run, bench);
}
