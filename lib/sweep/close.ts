/** The end of a sweep: its record in the ledger, the manifest that ties the evidence together, and the lease given back. */
import { runStep } from "../durable.ts";
import { linkManifest, type SweepManifest, storeChanges, storeManifest, storePolicy } from "../evidence/index.ts";
import { type DirectoryHead, type DirectoryRecord, omitUndefined } from "../model/index.ts";
import { reportProgress, type SweepContext } from "./context.ts";
import { currentHead } from "./head.ts";
import type { HeldLease, LeasedContext } from "./lease.ts";
import { listPlan } from "./plan-ref.ts";
import { sweepRecord } from "./record.ts";
import { leavesPlan, settleApplied, settlePlans, undoneRun } from "./settle-plans.ts";
import { addProblems, planRef, type SweepState } from "./state.ts";

const CLOSE_DEADLINE_MS = 5 * 60_000;

/** Answers the record, also when it cannot be written. @param held absent when the lease could not be taken */
export async function closeSweep(
  context: SweepContext,
  held: HeldLease | undefined,
  state: SweepState,
): Promise<DirectoryRecord> {
  const closed = await runStep(context.durable, context.ports, {
    name: "close",
    deadlineMs: CLOSE_DEADLINE_MS,
    directory: context.order.directory,
    work: (signal) => (held ? closeHeld({ ...context, ...held }, state, signal) : closeRefused(context, state)),
  });
  reportProgress(context, "closed", state.totals[0]);
  return closed.ok ? closed.value : sweepRecord(context, addProblems(state, [closed.problem]));
}

async function closeRefused(context: SweepContext, state: SweepState): Promise<DirectoryRecord> {
  const { ledger, clock } = context.ports;
  const record = { ...sweepRecord(context, state), endedAt: new Date(clock()).toISOString() };
  await ledger.saveDirectory(record);
  await settleApplied(context, state);
  return record;
}

/** Writes the manifest, closes the record, moves the baseline and the plans on when the population was complete, gives the lease back. */
async function closeHeld(context: LeasedContext, state: SweepState, signal: AbortSignal): Promise<DirectoryRecord> {
  const { ledger } = context.ports;
  const record = (await readSealed(context)) ?? (await seal(context, state, signal));
  await ledger.saveDirectory(record);
  await settlePlans(context, state, record);
  await ledger.updateHead(context.lease, headAfter(context.order, state, record));
  if (!state.hasOpenClaims) await ledger.releaseLease(context.lease);
  return record;
}

/** An attempt that died here has named its manifest already: there may be only one. */
async function readSealed({ ports, order }: SweepContext): Promise<DirectoryRecord | undefined> {
  const known = await ports.ledger.readRun(order.run);
  return known?.directories.find(({ id, manifest }) => id === order.directory && manifest !== undefined);
}

/** What is new of the head. Only a population that passed the gate has a plan, and becomes the baseline. */
function headAfter(
  order: SweepContext["order"],
  state: SweepState,
  { run, read, listed, manifest }: DirectoryRecord,
): DirectoryHead {
  const isWhole = state.plan !== undefined;
  return omitUndefined({
    baseline: isWhole ? omitUndefined({ run, read, listed }) : undefined,
    manifest: manifest === undefined ? undefined : { run, hash: manifest },
    plan: leavesPlan(order, state) && undoneRun(order, state) === undefined ? { run } : undefined,
  });
}

/** The record with its manifest, which is written and signed. Changes are counted as the ledger has them now. */
async function seal(context: LeasedContext, state: SweepState, signal: AbortSignal): Promise<DirectoryRecord> {
  const { ports, order, lease, folder } = context;
  const { policy, policyHash, ledger, evidence, signer } = ports;
  // Who has lost the directory to another run leaves no manifest that would name the same predecessor as that run's.
  await ledger.renewLease(lease);
  const plan = listPlan(ledger, order.directory, planRef(order.run, state));
  const { changes, changeLog } = await storeChanges(evidence, folder, plan);
  const policyFile = await storePolicy(evidence, policy, policyHash);
  const record = { ...sweepRecord(context, state), changes };
  const facts = manifestFacts(context, state, record);
  const files = { policyFile, parts: state.segments, changeLog };
  const base = await linkManifest(files, currentHead(context, state), signer, signal);
  const manifest = { ...facts, ...base };
  const hash = await storeManifest(evidence, signer, manifest, signal);
  return { ...record, manifest: hash, endedAt: manifest.endedAt };
}

function manifestFacts(
  { order, ports }: SweepContext,
  state: SweepState,
  record: DirectoryRecord,
): Omit<SweepManifest, keyof Awaited<ReturnType<typeof linkManifest>>> {
  const { source, totals, populations, claimed, lastCursor, departed, approval, shards } = state;
  return omitUndefined({
    kind: "sweep" as const,
    ...record,
    origin: order.origin,
    policy: ports.policyHash,
    code: ports.code,
    source,
    startedAt: order.startedAt,
    endedAt: new Date(ports.clock()).toISOString(),
    vendorClock: vendorClockOf(state),
    totals,
    populations,
    claimed,
    shardTotals: shards,
    cursors: { first: null, last: lastCursor ?? null },
    departedHow: departed,
    approval,
    people: state.people ?? undefined,
    undoes: undoneRun(order, state),
  });
}

function vendorClockOf({ clocks }: SweepState): SweepManifest["vendorClock"] {
  const [first, last] = [clocks[0], clocks.at(-1)];
  if (!first || !last) return undefined;
  return { first: new Date(first.vendor).toISOString(), last: new Date(last.vendor).toISOString() };
}
