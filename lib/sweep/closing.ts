/** The end of a sweep: its status, its record in the ledger, and the manifest that ties the evidence together. */

import { type Code, WardenError } from "../errors.ts";
import { folder, sha256 } from "../evidence.ts";
import { type DirectoryRecord, type Evidence, type Problem, RUN_STATUSES, type RunStatus } from "../model.ts";
import type { Part } from "./census.ts";
import { type Held, mayChange, readCount, type Session, type Source } from "./session.ts";

/** What a problem makes of the run; any other code leaves it `incomplete`. */
const STATUS: Partial<Record<Code, RunStatus>> = {
  ERR_READ_TOTAL: "completed",
  ERR_RULE_NAME: "completed",
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
export interface Manifest extends DirectoryRecord {
  readonly version: 1;
  readonly origin: Session["order"]["origin"];
  readonly policy: string;
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
  readonly previous: { readonly run: string; readonly hash: string } | null;
}

const manifestKey = (run: string, directory: string) => `${folder(run, directory)}/manifest.json`;

/** @param hash as the ledger has it. Throws `ERR_EVIDENCE_ALTERED` when the manifest is not that one. */
export async function readManifest(
  evidence: Evidence,
  run: string,
  directory: string,
  hash: string | undefined,
): Promise<Manifest> {
  const key = manifestKey(run, directory);
  const bytes = await evidence.get(key);
  if (sha256(bytes) === hash) return JSON.parse(new TextDecoder().decode(bytes));
  const message = `The manifest ${key} is not the one that the ledger knows; find out who changed it before you trust this run.`;
  throw new WardenError("ERR_EVIDENCE_ALTERED", message);
}

/** Writes the manifest, closes the record, moves the baseline on when the population was complete, gives the lease back. */
export async function close(session: Session, held: Held | undefined): Promise<DirectoryRecord> {
  const { ports, order } = session;
  const record = recordOf(session);
  if (!held) {
    await ports.ledger.putDirectory(record);
    return record;
  }
  // A try that died here has named its manifest already: there may be only one.
  const earlier = (await ports.ledger.run(order.run))?.directories.find(({ id }) => id === order.directory);
  const hash = earlier?.manifest ?? (await storeManifest(session, record, held));
  const closed = { ...record, manifest: hash };
  await ports.ledger.putDirectory(closed);
  // Only a population that passed the gate has a plan.
  const baseline = session.tally.plan !== undefined ? { baseline: { run: order.run, read: record.read } } : {};
  await ports.ledger.advance(held.lease, { ...baseline, manifest: { run: order.run, hash } });
  if (!session.tally.brokenOff) await ports.ledger.release(held.lease);
  return closed;
}

async function storeManifest(session: Session, record: DirectoryRecord, held: Held): Promise<string> {
  const { ports, order } = session;
  const bytes = new TextEncoder().encode(`${JSON.stringify(manifestOf(session, record, held), null, 1)}\n`);
  await ports.evidence.put(manifestKey(order.run, order.directory), bytes, "application/json");
  return sha256(bytes);
}

function manifestOf(session: Session, record: DirectoryRecord, held: Held): Manifest {
  const { tally, order, ports } = session;
  const clock = (at: number | undefined) => new Date(at ?? 0).toISOString();
  return {
    version: 1,
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
    parts: tally.parts,
    previous: held.head.manifest ?? null,
  };
}
