/** What every phase of one sweep works with: the engine, the ports, the order, and the directory, opened when it is needed. */
import type { Durable, InvocationClock } from "../durable.ts";
import type { ChangeProgress, EnforcementPorts, SubjectContext } from "../enforcement/index.ts";
import { hasCode } from "../errors.ts";
import { directoryFolder } from "../evidence/index.ts";
import {
  type Change,
  type Clock,
  type Directory,
  type Evidence,
  type Mode,
  type NoticeSender,
  type Origin,
  omitUndefined,
  type PlanReference,
  type Signer,
  type UndoOrder,
} from "../model/index.ts";
import { type PersonKeyer, personKeyer } from "../policy/index.ts";
import { readMadeChanges } from "./undo-changes.ts";

/** Everything a sweep gets from outside. */
export interface SweepPorts extends InvocationClock, EnforcementPorts {
  readonly evidence: Evidence;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ulid: () => string;
  /** Version of this code, for the evidence. */
  readonly code: string;
  /** As the ledger's: the lease is renewed when a third of it is over. */
  readonly leaseSeconds: number;
  /** Directories with fewer accounts are listed as a whole; default 10,000. */
  readonly minShardedAccounts?: number;
  /** Tells people of coming changes; absent where nobody can be told. */
  readonly noticeSender?: NoticeSender;
  /** The key under which is digested what people are known by; absent where the policy needs none. Throws `ERR_SECRET_*`. */
  readonly readPeopleKey?: (signal: AbortSignal) => Promise<Uint8Array>;
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Progress, for people to watch. */
export type ProgressEvent = ChangeProgress | SweepProgress;

export interface SweepProgress {
  /** `waiting`: for `count` seconds, until the lease of a run that may be dead has run out. */
  readonly did: "waiting" | "leased" | "read" | "gated" | "planned" | "closed";
  readonly directory: string;
  readonly count?: number;
  /** How many accounts the vendor counts. */
  readonly total?: number;
}

/** One directory to sweep, as the run hands it to an execution of its own. */
export interface SweepOrder {
  readonly run: string;
  readonly directory: string;
  readonly mode: Mode;
  readonly origin: Origin;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The approved plan to apply: nothing else is changed. */
  readonly applies?: PlanReference;
  /** Plans the undoing of an earlier run's changes, and nothing else. */
  readonly undoes?: UndoOrder;
  /** How long to rest between two waves of changes; absent: not at all. */
  readonly waveWaitSeconds?: number;
}

export interface SweepContext {
  readonly durable: Durable;
  readonly ports: SweepPorts;
  readonly order: SweepOrder;
  /** Where the evidence of this run and directory goes. */
  readonly folder: string;
  /** Opens the directory once an invocation. */
  readonly open: (signal: AbortSignal) => Promise<Directory>;
  /** As `open`, but anew where subjects use the directory's secret: an older version must not be written over a newer one. */
  readonly reopen: (signal: AbortSignal) => Promise<Directory>;
  /** What this sweep is to plan the undoing of, by account, read once an invocation; nothing where it undoes nothing. */
  readonly undone: () => Promise<ReadonlyMap<string, Change> | undefined>;
  /**
   * Says what accounts are joined by with those of other directories, opened once an invocation; nothing where the policy joins nobody,
   * or the key cannot be read.
   */
  readonly personKeyer: (signal: AbortSignal) => Promise<PersonKeyer | undefined>;
}

export function sweepContext(durable: Durable, ports: SweepPorts, order: SweepOrder): SweepContext {
  let opened: Promise<Directory> | undefined;
  const open = (signal: AbortSignal) => {
    opened ??= ports.open(order.directory, signal);
    return opened;
  };
  const reopen = async (signal: AbortSignal) => {
    if ((await open(signal)).secretUsers) opened = undefined;
    return open(signal);
  };
  let made: ReturnType<typeof readMadeChanges> | undefined;
  const undone = async () => {
    if (!order.undoes) return undefined;
    made ??= readMadeChanges(ports.ledger, order.directory, order.undoes);
    return made;
  };
  let keyer: ReturnType<typeof openPersonKeyer> | undefined;
  const keyPeople = (signal: AbortSignal) => {
    keyer ??= openPersonKeyer(ports, order.directory, signal);
    return keyer;
  };
  const folder = directoryFolder(order.run, order.directory);
  return { durable, ports, order, folder, open, reopen, undone, personKeyer: keyPeople };
}

/** Without its key nobody is joined, and everybody is judged. */
async function openPersonKeyer(
  { policy, readPeopleKey }: SweepPorts,
  directory: string,
  signal: AbortSignal,
): Promise<PersonKeyer | undefined> {
  try {
    return personKeyer(policy, directory, await readPeopleKey?.(signal));
  } catch (error) {
    if (!hasCode(error, "ERR_SECRET_MISSING", "ERR_SECRET_INVALID", "ERR_SECRET_UNAVAILABLE")) throw error;
    return undefined;
  }
}

/** What work on single subjects of this directory needs. */
export async function subjectContext(context: SweepContext, signal: AbortSignal): Promise<SubjectContext> {
  const { policy, policyHash, ledger, clock, sleep, readBackTimeoutMs, onProgress } = context.ports;
  return omitUndefined({
    id: context.order.directory,
    directory: await context.open(signal),
    policy,
    policyHash,
    ledger,
    clock,
    sleep,
    readBackTimeoutMs,
    onProgress,
  });
}

/** @param total as far as it is known; @param count of what was done */
export function reportProgress(
  { ports, order }: SweepContext,
  did: SweepProgress["did"],
  total?: number,
  count?: number,
): void {
  ports.onProgress?.(omitUndefined({ did, directory: order.directory, count, total }));
}
