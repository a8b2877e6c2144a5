/** The lease of a directory: taken before anything else, and renewed while a step works under it. */
import { runStep, type StepResult } from "../durable.ts";
import { problemOf, WardenError } from "../errors.ts";
import { type DirectoryHead, type Lease, type OverlongLease, omitUndefined, type Problem } from "../model/index.ts";
import { reportProgress, type SweepContext } from "./context.ts";

export interface HeldLease {
  readonly lease: Lease;
  /** Runs that died under an earlier lease, with claims that may be open. */
  readonly unsettled: readonly string[];
  readonly head: DirectoryHead;
}

export interface LeasedContext extends SweepContext, HeldLease {}

const ACQUIRE_DEADLINE_MS = 60_000;
/** An invocation that is not too old to begin a step, 10 of its 15 minutes, has time to end it. */
const STEP_DEADLINE_MS = 4 * 60_000;

/** How often somebody who waits looks whether the lease is free. */
const LOOK_SECONDS = 5;

/** Takes the lease. Whoever holds it may be dead: waits until it is given back or has run out, once. */
export async function takeLease(context: SweepContext): Promise<StepResult<HeldLease>> {
  const first = await acquireLease(context, "lease");
  if (!first.ok) return first;
  if (first.value.held) return { ok: true, value: first.value.held };
  reportProgress(context, "waiting", undefined, first.value.seconds);
  return waitForLease(context, first.value);
}

/** Looks every few seconds. The first wait and the first look keep the names that they had when there was only one of each. */
async function waitForLease(context: SweepContext, { seconds, overlong }: OthersLease): Promise<StepResult<HeldLease>> {
  let secondsLeft = seconds;
  for (let round = 1; ; round++) {
    const pause = Math.min(LOOK_SECONDS, secondsLeft);
    secondsLeft -= pause;
    const isLast = secondsLeft <= 0;
    const suffix = round === 1 ? "" : `-${round}`;
    await context.durable.wait(`lease-wait${suffix}`, { seconds: pause });
    // Only who has waited long enough may take a lease that ends too late.
    const look = await acquireLease(context, `lease-again${suffix}`, isLast ? overlong : undefined);
    if (!look.ok) return look;
    if (look.value.held) return { ok: true, value: look.value.held };
    if (isLast) return { ok: false, problem: heldProblem(context, look.value.heldBy) };
  }
}

function heldProblem({ order: { directory } }: SweepContext, heldBy: string): Problem {
  const message = `Run ${heldBy} is sweeping ${directory} right now; wait for it to end.`;
  return problemOf(new WardenError("ERR_LEASE_HELD", message), directory);
}

/** `seconds`: until this other run's lease has run out. */
interface OthersLease {
  readonly held?: undefined;
  readonly heldBy: string;
  readonly seconds: number;
  readonly overlong?: OverlongLease;
}

type LeaseAnswer = { readonly held: HeldLease } | OthersLease;

function acquireLease(
  { durable, ports, order }: SweepContext,
  name: string,
  seen?: OverlongLease,
): Promise<StepResult<LeaseAnswer>> {
  const work = async (): Promise<LeaseAnswer> => {
    const answer = await ports.ledger.acquireLease(order.directory, order.run, seen);
    if ("lease" in answer) return { held: answer };
    const { heldBy, until, overlong } = answer;
    const secondsLeft = Math.ceil((Date.parse(until) - ports.clock()) / 1000);
    // A clock that is set back between the two readings must not make the wait longer.
    const seconds = Math.min(Math.max(1, secondsLeft + 1), ports.leaseSeconds + 1);
    return omitUndefined({ heldBy, seconds, overlong });
  };
  return runStep(durable, ports, { name, deadlineMs: ACQUIRE_DEADLINE_MS, directory: order.directory, work });
}

/** Runs one step under the lease: it fails once the lease is lost. */
export function runLeasedStep<T>(
  context: LeasedContext,
  name: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<StepResult<T>> {
  return runStep(context.durable, context.ports, {
    name,
    deadlineMs: STEP_DEADLINE_MS,
    directory: context.order.directory,
    work: (signal) => withLeaseHeartbeat(context, signal, work),
  });
}

/** Keeps the lease while `work` goes on, however long one call of it takes; once it is lost, the work is aborted. */
async function withLeaseHeartbeat<T>(
  { ports, lease }: LeasedContext,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const renew = () => ports.ledger.renewLease(lease).catch((error: unknown) => lost.abort(error));
  await renew();
  const heartbeat = setInterval(renew, (ports.leaseSeconds * 1000) / 3);
  try {
    lost.signal.throwIfAborted();
    const result = await work(AbortSignal.any([signal, lost.signal]));
    lost.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    clearInterval(heartbeat);
  }
}
