/** The phase that finishes what runs that died left open: their claims, and their place in the ledger. */
import { mapConcurrently } from "../concurrency.ts";
import { isClaimStale, recoverClaim, type SubjectContext } from "../enforcement/index.ts";
import { problemOf, WardenError } from "../errors.ts";
import { closeFinishedRun } from "../ledger/index.ts";
import {
  addCounts,
  type Change,
  type Claim,
  type DirectoryHead,
  type DirectoryRecord,
  directoryRecord,
  type Lease,
  noChanges,
  type SubjectState,
} from "../model/index.ts";
import { subjectContext } from "./context.ts";
import { currentHead, followManifest } from "./head.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { halt, type Phase, proceed } from "./phase.ts";
import { sealDeadRun } from "./seal-dead-run.ts";
import { findPlan } from "./settle-plans.ts";

const CLAIMS_IN_PARALLEL = 8;
/** So many of the latest runs are looked through for one that died before it had a lease. */
const RECENT_RUNS = 20;

/** A step for each run that died under an earlier lease. */
export const recoverRuns: Phase = async (context, begun) => {
  let state = begun;
  for (const run of context.unsettled) {
    const leased = { ...context, head: currentHead(context, state) };
    const step = await runLeasedStep(context, `settle-${run}`, async (signal) => ({
      manifest: await recoverRun(leased, run, signal),
    }));
    if (!step.ok) return halt(state, [step.problem]);
    const { manifest } = step.value;
    if (manifest) state = followManifest(state, manifest);
  }
  return proceed(state);
};

/** Settles every claim that the run left open in this directory, closes it as failed, and seals what it had finished. */
async function recoverRun(
  context: LeasedContext,
  run: string,
  signal: AbortSignal,
): Promise<DirectoryHead["manifest"]> {
  const { lease, ports } = context;
  const subject = await subjectContext(context, signal);
  for await (const changes of ports.ledger.listChanges(run, subject.id)) {
    const claimed = await deadClaims(subject, lease, changes);
    await mapConcurrently(claimed, CLAIMS_IN_PARALLEL, ({ change, state }) =>
      recoverClaim(subject, { lease, change, state }, signal),
    );
  }
  await closeDeadRun(subject, run);
  await endOrphanedPlan(context, run);
  const manifest = await sealDeadRun(context, run, signal);
  await ports.ledger.markRunRecovered(lease, run);
  return manifest;
}

/** A run that died before the directory's head named its plan left one that nobody may approve. */
async function endOrphanedPlan({ ports, order, head }: LeasedContext, run: string): Promise<void> {
  if (head.plan?.run === run) return;
  const plan = await findPlan(ports.ledger, run, order.directory);
  if (plan?.status !== "waiting") return;
  await ports.ledger.movePlan(plan, "waiting", { status: "superseded", why: "its run died before it ended" });
}

async function deadClaims(
  context: SubjectContext,
  lease: Lease,
  changes: readonly Change[],
): Promise<{ readonly change: Change; readonly state: SubjectState }[]> {
  const ids = changes.map(({ id }) => id);
  const states = await context.ledger.readStates(context.id, ids, true);
  return changes.flatMap((change) => {
    const state = states.get(change.id);
    return state?.claim && isDead(context, lease, state.claim) ? [{ change, state }] : [];
  });
}

/** Made under an earlier lease, or too old to be anybody's: an event's living claim has no lease, and is left to it. */
const isDead = (context: SubjectContext, { token }: Lease, claim: Claim): boolean =>
  (claim.token > 0 && claim.token < token) || isClaimStale(context, claim);

/** Closes the runs that died before they held this directory's lease, or while they waited for it: nothing else names them. */
export async function closeAbandonedRuns(context: SubjectContext, currentRun: string): Promise<void> {
  for (const { run, status, directories } of await context.ledger.listRuns(RECENT_RUNS))
    if (status === "running" && run < currentRun && directories.includes(context.id)) await closeDeadRun(context, run);
}

async function closeDeadRun(context: SubjectContext, run: string): Promise<void> {
  const { ledger, id, directory } = context;
  const known = await ledger.readRun(run);
  if (!known) return;
  const identity = { run, id, vendor: directory.vendor, status: "running", mode: known.run.mode } as const;
  const record = known.directories.find((found) => found.id === id) ?? directoryRecord(identity);
  const changes = await countOutcomes(context, run);
  const endedAt = new Date(context.clock()).toISOString();
  await ledger.saveDirectory({ ...(record.status === "running" ? failedRecord(record, endedAt) : record), changes });
  await closeFinishedRun(ledger, run);
}

function failedRecord(record: DirectoryRecord, endedAt: string): DirectoryRecord {
  const { run, id, problems } = record;
  const message = `Run ${run} of ${id} died before it ended; what it left open is settled.`;
  const problem = problemOf(new WardenError("ERR_RUN_DIED", message), id);
  return { ...record, status: "failed", endedAt, problems: [...problems, problem] };
}

async function countOutcomes({ ledger, id }: SubjectContext, run: string): Promise<DirectoryRecord["changes"]> {
  let counts = noChanges();
  for await (const changes of ledger.listChanges(run, id))
    for (const { outcome } of changes)
      counts = addCounts(counts, outcome ? { planned: 1, [outcome]: 1 } : { planned: 1 });
  return counts;
}
