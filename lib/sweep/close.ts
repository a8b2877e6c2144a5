/** The end of a sweep: its status, its record in the ledger, and the manifest that ties the evidence together. */

import type { Code } from "../errors.ts";
import { linkManifest, type SweepManifest, storeChanges, storeManifest, storePolicy } from "../evidence/index.ts";
import {
  type Change,
  type DirectoryRecord,
  type Ledger,
  type Problem,
  type RunStatus,
  worstStatus,
} from "../model/index.ts";
import { directoryConfig, mayChange } from "../policy/index.ts";
import { isCounted } from "./plan.ts";
import { type HeldLease, readCount, type SweepContext } from "./state.ts";

/** What a problem makes of the run; any other code leaves it `incomplete`. */
const STATUS: Partial<Record<Code, RunStatus>> = {
  ERR_READ_TOTAL: "completed",
  ERR_RULE_NAME: "completed",
  ERR_PLAN_CAUTION: "completed",
  ERR_LIMIT_EXEMPTIONS: "completed",
  ERR_LIMIT_RUN: "awaiting-approval",
  ERR_LIMIT_DAY: "awaiting-approval",
  ERR_LEASE_HELD: "refused",
  ERR_LEASE_LOST: "failed",
  ERR_SECRET_MISSING: "failed",
  ERR_SECRET_INVALID: "failed",
  ERR_SECRET_UNAVAILABLE: "failed",
  ERR_VENDOR_AUTH: "failed",
  ERR_VENDOR_DENIED: "failed",
  ERR_PLAN_MISMATCH: "failed",
  ERR_RUN_DIED: "failed",
  ERR_LEDGER_UNAVAILABLE: "failed",
  ERR_EVIDENCE_UNAVAILABLE: "failed",
  ERR_EVIDENCE_ALTERED: "failed",
  ERR_SIGNER_UNAVAILABLE: "failed",
  ERR_INTERNAL: "failed",
};

/** @param applies whether the plan would be applied: where it is not, what limits it is only worth knowing */
function statusOf(problems: readonly Problem[], applies: boolean): RunStatus {
  const status = worstStatus(problems.map(({ code }) => STATUS[code as Code] ?? "incomplete"));
  return status === "awaiting-approval" && !applies ? "completed" : status;
}

export function recordOf(session: SweepContext): DirectoryRecord {
  const { state, order, ports } = session;
  const vendor = directoryConfig(ports.policy, order.directory)?.vendor ?? "unknown";
  const { departed, duplicates, plan, totals, verdicts, after, changes, problems } = state;
  return {
    ...{
      run: order.run,
      id: order.directory,
      vendor,
      status: statusOf(problems, mayChange(ports.policy, order.directory, order.mode)),
      mode: order.mode,
      read: readCount(state),
    },
    ...(totals.length > 0 ? { total: Math.min(...totals) } : {}),
    ...(plan === undefined ? {} : { plan }),
    ...{
      verdicts,
      after,
      changes,
      problems: [...problems],
      duplicates,
      departed: departed.confirmed + departed.unconfirmed,
    },
  };
}

/** Writes the manifest, closes the record, moves the baseline on when the population was complete, gives the lease back. */
export async function close(
  session: SweepContext,
  held: HeldLease | undefined,
  signal: AbortSignal,
): Promise<DirectoryRecord> {
  const { ports, order } = session;
  if (!held) {
    const record = recordOf(session);
    await ports.ledger.saveDirectory(record);
    return record;
  }
  // A try that died here has named its manifest already: there may be only one.
  const earlier = (await ports.ledger.readRun(order.run))?.directories.find(({ id }) => id === order.directory);
  const closed = earlier?.manifest === undefined ? await seal(session, held, signal) : earlier;
  await ports.ledger.saveDirectory(closed);
  // Only a population that passed the gate has a plan.
  const baseline = session.state.plan !== undefined ? { baseline: { run: order.run, read: closed.read } } : {};
  const manifest = closed.manifest === undefined ? {} : { manifest: { run: order.run, hash: closed.manifest } };
  await ports.ledger.updateHead(held.lease, { ...baseline, ...manifest });
  if (!session.state.brokenOff) await ports.ledger.releaseLease(held.lease);
  return closed;
}

/** The record with its manifest, which is written and signed. Changes are counted as the ledger has them now. */
async function seal(session: SweepContext, held: HeldLease, signal: AbortSignal): Promise<DirectoryRecord> {
  const { policy, policyHash, ledger, evidence, signer } = session.ports;
  // Who has lost the directory to another run leaves no manifest that would name the same predecessor as that run's.
  await ledger.renewLease(held.lease);
  const { changes, changeLog } = await storeChanges(evidence, session.files, changesOf(ledger, session));
  const record = { ...recordOf(session), changes };
  const files = {
    policyFile: await storePolicy(evidence, policy, policyHash),
    parts: session.state.parts,
    changeLog,
  };
  const manifest = { ...manifestOf(session, record), ...(await linkManifest(files, held.head, signer, signal)) };
  return { ...record, manifest: await storeManifest(evidence, signer, manifest, signal) };
}

/** Those that count: a try that died leaves others. */
async function* changesOf(ledger: Ledger, { order, state }: SweepContext): AsyncGenerator<Change[]> {
  for await (const changes of ledger.listChanges(order.run, order.directory))
    yield changes.filter((change) => isCounted(state.authors, change));
}

function manifestOf(
  session: SweepContext,
  record: DirectoryRecord,
): Omit<SweepManifest, keyof Awaited<ReturnType<typeof linkManifest>>> {
  const { state, order, ports } = session;
  const clock = (at: number | undefined) => new Date(at ?? 0).toISOString();
  return {
    kind: "sweep",
    ...record,
    origin: order.origin,
    policy: ports.policyHash,
    code: ports.code,
    ...(state.source ? { source: state.source } : {}),
    startedAt: order.startedAt,
    endedAt: new Date(ports.clock()).toISOString(),
    ...(state.clocks.length > 0
      ? { vendorClock: { first: clock(state.clocks[0]?.vendor), last: clock(state.clocks.at(-1)?.vendor) } }
      : {}),
    totals: state.totals,
    ...(state.claimed === undefined ? {} : { claimed: state.claimed }),
    cursors: { first: null, last: state.lastCursor ?? null },
    departedHow: state.departed,
  };
}
