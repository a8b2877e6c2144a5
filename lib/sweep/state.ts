/** What the steps of one sweep share: the ports, the order, the tally, and the lease that every step renews. */

import { type Durable, type InvocationClock, runStep } from "../durable.ts";
import type { ChangeProgress, EnforcementPorts, SubjectContext } from "../enforcement/index.ts";
import { problemOf, type WardenError } from "../errors.ts";
import { directoryFolder, type ReadSegment } from "../evidence/index.ts";
import {
  type Clock,
  type Directory,
  type DirectoryHead,
  type DirectoryRecord,
  type DirectorySource,
  type Evidence,
  type Lease,
  type Mode,
  noChanges,
  noVerdicts,
  type Origin,
  type Problem,
  type Signer,
} from "../model/index.ts";

/** Everything a sweep gets from outside. */
export interface SweepPorts extends InvocationClock, EnforcementPorts {
  readonly evidence: Evidence;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ulid: () => string;
  /** Version of this code, for the evidence. */
  readonly code: string;
  /** As the ledger's: renewed when a third of it is over. */
  readonly leaseSeconds: number;
  readonly onProgress?: (news: ProgressEvent) => void;
}

/** Progress, for people to watch. */
export type ProgressEvent = ChangeProgress | SweepProgress;
export interface SweepProgress {
  /** `waiting`: for `count` seconds, until the lease of a run that may be dead has run out. */
  readonly did: "waiting" | "leased" | "read" | "gated" | "planned" | "closed";
  readonly directory: string;
  readonly count?: number;
  readonly total?: number;
}

export interface SweepOrder {
  readonly run: string;
  readonly directory: string;
  readonly mode: Mode;
  readonly origin: Origin;
  readonly startedAt: string;
}

/** What the steps found out so far. Built from their results alone, so that a replay builds the same. */
export interface SweepState {
  readonly problems: Problem[];
  readonly parts: ReadSegment[];
  /** The try of each read step that counts, by the step's number. */
  readonly authors: string[];
  readonly cursors: Set<string>;
  readonly clocks: { readonly vendor: number; readonly ours: number }[];
  readonly totals: number[];
  verdicts: DirectoryRecord["verdicts"];
  after: DirectoryRecord["after"];
  changes: DirectoryRecord["changes"];
  /** A step that enforces broke off: claims may be open, so the lease is left to run out, and who takes it over settles them. */
  brokenOff: boolean;
  renamed: number;
  /** Planned changes that had their outcome when they were planned. */
  foreseen: number;
  cautions: Cautions;
  duplicates: number;
  departed: { confirmed: number; unconfirmed: number };
  lastCursor?: string;
  /** As the directory said when it was opened. */
  source?: DirectorySource;
  claimed?: number;
  plan?: string;
}

/** What a person should know before the plan is carried out. */
export interface Cautions {
  /** The first ones. */
  readonly shown: readonly string[];
  readonly count: number;
}
/** So many are shown for one directory. */
export const MAX_CAUTIONS = 20;

export interface SweepContext {
  readonly ctx: Durable;
  readonly ports: SweepPorts;
  readonly order: SweepOrder;
  readonly state: SweepState;
  /** Where this run's files of this directory go. */
  readonly files: string;
  /** Opened once an invocation. */
  readonly open: (signal: AbortSignal) => Promise<Directory>;
  /** As `open`, but anew where subjects use the directory's secret: an older version must not be written over a newer one. */
  readonly reopen: (signal: AbortSignal) => Promise<Directory>;
}

export interface HeldLease {
  readonly lease: Lease;
  readonly unsettled: readonly string[];
  readonly head: DirectoryHead;
}

export function startSweep(ctx: Durable, ports: SweepPorts, order: SweepOrder): SweepContext {
  let opened: Promise<Directory> | undefined;
  const open = (signal: AbortSignal) => {
    opened ??= ports.open(order.directory, signal);
    return opened;
  };
  const reopen = async (signal: AbortSignal) => {
    if ((await open(signal)).secretUsers) opened = undefined;
    return open(signal);
  };
  const files = directoryFolder(order.run, order.directory);
  return { ctx, ports, order, state: emptyTally(), files, open, reopen };
}

const emptyTally = (): SweepState => ({
  problems: [],
  parts: [],
  authors: [],
  cursors: new Set(),
  clocks: [],
  totals: [],
  verdicts: noVerdicts(),
  after: noVerdicts(),
  changes: noChanges(),
  brokenOff: false,
  renamed: 0,
  foreseen: 0,
  cautions: { shown: [], count: 0 },
  duplicates: 0,
  departed: { confirmed: 0, unconfirmed: 0 },
});

/** Different subjects read. */
export const readCount = ({ parts, duplicates }: SweepState): number =>
  parts.reduce((sum, part) => sum + part.ids.count, 0) - duplicates;

/** Keeps the lease while `work` goes on, however long one call of it takes; once it is lost, the work is aborted. */
async function holding<T>(
  { ports }: SweepContext,
  lease: Lease,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const renew = () => ports.ledger.renewLease(lease).catch((error: unknown) => lost.abort(error));
  await renew();
  const beat = setInterval(renew, (ports.leaseSeconds * 1000) / 3);
  try {
    lost.signal.throwIfAborted();
    const result = await work(AbortSignal.any([signal, lost.signal]));
    lost.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    clearInterval(beat);
  }
}

/** An invocation that is not too old to begin a step, 10 of its 15 minutes, has time to end it. */
const STEP_DEADLINE_MS = 4 * 60_000;

/** A step under the lease. `undefined` after a problem, which is then in the tally. */
export async function runLeasedStep<T>(
  session: SweepContext,
  lease: Lease,
  name: string,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const { ctx, ports, order, state } = session;
  const work = (signal: AbortSignal) => holding(session, lease, signal, body);
  const result = await runStep(ctx, ports, name, STEP_DEADLINE_MS, work, order.directory);
  if (result.ok) return result.value;
  state.problems.push(result.problem);
  return undefined;
}

export async function subjectContext(session: SweepContext, signal: AbortSignal): Promise<SubjectContext> {
  const { policy, policyHash, ledger, clock, sleep, readBackTimeoutMs, onProgress } = session.ports;
  const directory = await session.open(signal);
  const shared = {
    id: session.order.directory,
    directory,
    policy,
    policyHash,
    ledger,
    clock,
    sleep,
    readBackTimeoutMs,
  };
  return onProgress ? { ...shared, onProgress } : shared;
}

export function failPhase(session: SweepContext, error: WardenError): false {
  session.state.problems.push(problemOf(error, session.order.directory));
  return false;
}

export function reportProgress(session: SweepContext, did: SweepProgress["did"], count?: number): void {
  const [total] = session.state.totals;
  const news = { did, directory: session.order.directory };
  session.ports.onProgress?.({
    ...news,
    ...(count === undefined ? {} : { count }),
    ...(total === undefined ? {} : { total }),
  });
}
