/** The end of a sweep: its status, its record in the ledger, and the manifest that ties the evidence together. */

import { type Code, WardenError } from "../errors.ts";
import {
  type Bond,
  bond,
  MANIFEST_VERSION,
  manifestKey,
  storeChanges,
  storeManifest,
  storePolicy,
} from "../evidence/manifest.ts";
import { sha256 } from "../evidence/page-file.ts";
import type { Part } from "../evidence/population.ts";
import {
  type Change,
  type DirectoryRecord,
  type Evidence,
  type Ledger,
  type Problem,
  RUN_STATUSES,
  type RunStatus,
} from "../model/index.ts";
import { counts } from "./plan.ts";
import { type Held, mayChange, readCount, type Session, type Source } from "./state.ts";

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

export const worst = (statuses: readonly RunStatus[]): RunStatus =>
  RUN_STATUSES[Math.max(0, ...statuses.map((status) => RUN_STATUSES.indexOf(status)))] ?? "failed";

/** @param applies whether the plan would be applied: where it is not, what limits it is only worth knowing */
function statusOf(problems: readonly Problem[], applies: boolean): RunStatus {
  const status = worst(problems.map(({ code }) => STATUS[code as Code] ?? "incomplete"));
  return status === "awaiting-approval" && !applies ? "completed" : status;
}

export function recordOf(session: Session): DirectoryRecord {
  const { tally, order, ports } = session;
  const vendor = ports.policy.directories.find(({ id }) => id === order.directory)?.vendor ?? "unknown";
  const { departed, duplicates, plan, totals, verdicts, after, changes, problems } = tally;
  return {
    ...{
      run: order.run,
      id: order.directory,
      vendor,
      status: statusOf(problems, mayChange(session)),
      mode: order.mode,
      read: readCount(tally),
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

/** Everything an auditor needs to see that this is the whole population, unaltered, and who asked for it. */
export interface Manifest extends Omit<DirectoryRecord, "manifest">, Bond {
  readonly kind: "sweep";
  readonly run: string;
  readonly id: string;
  readonly changes: DirectoryRecord["changes"];
  readonly origin: Session["order"]["origin"];
  readonly code: string;
  /** Whose accounts, and which API said so; absent when it could not be opened. */
  readonly source?: Source;
  readonly startedAt: string;
  readonly endedAt: string;
  /** The vendor's clock at the first and the last page, ISO 8601. */
  readonly vendorClock?: { readonly first: string; readonly last: string };
  /** Independent counts, before and after reading. */
  readonly totals: readonly number[];
  readonly claimed?: number;
  /** The first page is asked for without a cursor: `null`. */
  readonly cursors: { readonly first: null; readonly last: string | null };
  readonly departedHow: { readonly confirmed: number; readonly unconfirmed: number };
  readonly parts: readonly Part[];
}

/** @param hash as the ledger has it. Throws `ERR_EVIDENCE_ALTERED` when the manifest is not that one, or of an older form. */
export async function readManifest(
  evidence: Evidence,
  run: string,
  directory: string,
  hash: string | undefined,
): Promise<Manifest> {
  const key = manifestKey(run, directory);
  const bytes = await evidence.get(key);
  const manifest: Manifest | undefined =
    sha256(bytes) === hash ? JSON.parse(new TextDecoder().decode(bytes)) : undefined;
  if (manifest?.version === MANIFEST_VERSION) return manifest;
  const what =
    manifest === undefined ? "is not the one that the ledger knows" : "is not of the form this version reads";
  const message = `The manifest ${key} ${what}; find out who changed it before you trust this run.`;
  throw new WardenError("ERR_EVIDENCE_ALTERED", message);
}

/** Writes the manifest, closes the record, moves the baseline on when the population was complete, gives the lease back. */
export async function close(session: Session, held: Held | undefined, signal: AbortSignal): Promise<DirectoryRecord> {
  const { ports, order } = session;
  if (!held) {
    const record = recordOf(session);
    await ports.ledger.putDirectory(record);
    return record;
  }
  // A try that died here has named its manifest already: there may be only one.
  const earlier = (await ports.ledger.run(order.run))?.directories.find(({ id }) => id === order.directory);
  const closed = earlier?.manifest === undefined ? await seal(session, held, signal) : earlier;
  await ports.ledger.putDirectory(closed);
  // Only a population that passed the gate has a plan.
  const baseline = session.tally.plan !== undefined ? { baseline: { run: order.run, read: closed.read } } : {};
  const manifest = closed.manifest === undefined ? {} : { manifest: { run: order.run, hash: closed.manifest } };
  await ports.ledger.advance(held.lease, { ...baseline, ...manifest });
  if (!session.tally.brokenOff) await ports.ledger.release(held.lease);
  return closed;
}

/** The record with its manifest, which is written and signed. Changes are counted as the ledger has them now. */
async function seal(session: Session, held: Held, signal: AbortSignal): Promise<DirectoryRecord> {
  const { policy, policyHash, ledger, evidence, signer } = session.ports;
  // Who has lost the directory to another run leaves no manifest that would name the same predecessor as that run's.
  await ledger.renew(held.lease);
  const { changes, changeLog } = await storeChanges(evidence, session.files, changesOf(ledger, session));
  const record = { ...recordOf(session), changes };
  const files = {
    policyFile: await storePolicy(evidence, policy, policyHash),
    parts: session.tally.parts,
    changeLog,
  };
  const manifest = { ...manifestOf(session, record), ...(await bond(files, held.head, signer, signal)) };
  return { ...record, manifest: await storeManifest(evidence, signer, manifest, signal) };
}

/** Those that count: a try that died leaves others. */
async function* changesOf(ledger: Ledger, { order, tally }: Session): AsyncGenerator<Change[]> {
  for await (const changes of ledger.changes(order.run, order.directory))
    yield changes.filter((change) => counts(tally.authors, change));
}

function manifestOf(session: Session, record: DirectoryRecord): Omit<Manifest, keyof Awaited<ReturnType<typeof bond>>> {
  const { tally, order, ports } = session;
  const clock = (at: number | undefined) => new Date(at ?? 0).toISOString();
  return {
    kind: "sweep",
    ...record,
    origin: order.origin,
    policy: ports.policyHash,
    code: ports.code,
    ...(tally.source ? { source: tally.source } : {}),
    startedAt: order.startedAt,
    endedAt: new Date(ports.clock()).toISOString(),
    ...(tally.clocks.length > 0
      ? { vendorClock: { first: clock(tally.clocks[0]?.vendor), last: clock(tally.clocks.at(-1)?.vendor) } }
      : {}),
    totals: tally.totals,
    ...(tally.claimed === undefined ? {} : { claimed: tally.claimed }),
    cursors: { first: null, last: tally.lastCursor ?? null },
    departedHow: tally.departed,
  };
}
