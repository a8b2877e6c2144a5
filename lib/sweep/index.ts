/** One directory, as a durable workflow: lease, settle, read and judge, gate, plan, enforce, publish, close. */

import { type Attempt, attempt, type Durable } from "../durable.ts";
import { BUDGET } from "../enforcement/index.ts";
import { problemOf, WardenError } from "../errors.ts";
import { countDuplicates } from "../evidence/index.ts";
import { addCounts, type DirectoryRecord, type Head, type Lease, type Problem } from "../model/index.ts";
import { dismissRest, enforceBatch } from "./apply.ts";
import { close, recordOf } from "./close.ts";
import { gate } from "./completeness-gate.ts";
import { countDeparted } from "./departed.ts";
import { cautionNotes, checkLimits, hashPlan } from "./plan.ts";
import { askTotal, checkNamed, checkScopes, type Total } from "./preflight.ts";
import { publish } from "./publish.ts";
import { type ReadStep, readPages } from "./read.ts";
import { closeWaiters, settleRun } from "./recover-run.ts";
import {
  bench,
  blame,
  type Held,
  MOST_CAUTIONS,
  mayChange,
  readCount,
  type Session,
  type SweepOrder,
  type SweepPorts,
  startSession,
  step,
  tell,
} from "./state.ts";

export type { News, SweepOrder, SweepPorts } from "./state.ts";

/** Of the 3,000 operations an execution may have, what reading may take: 5,000,000 accounts at 1,000 a page need 500. */
const MOST_READ_STEPS = 1_200;
/** And what changing may take: 50,000 changes need 1,000 unless the vendor is slow. */
const MOST_CHANGE_STEPS = 1_050;

/** Sweeps one directory and answers what it came to. Problems are in the record; nothing that can be expected is thrown. */
export async function sweep(ctx: Durable, ports: SweepPorts, order: SweepOrder): Promise<DirectoryRecord> {
  const session = startSession(ctx, ports, order);
  const taken = await takeLease(session);
  if (taken.ok) await work(session, taken.value);
  else session.tally.problems.push(taken.problem);
  const held = taken.ok ? taken.value : undefined;
  const closed = await attempt(
    ctx,
    ports,
    "close",
    5 * 60_000,
    (signal) => close(session, held, signal),
    order.directory,
  );
  tell(session, "closed");
  if (closed.ok) return closed.value;
  session.tally.problems.push(closed.problem);
  return recordOf(session);
}

/** Each phase says whether the next one may begin. */
async function work(session: Session, { lease, unsettled, head }: Held): Promise<void> {
  const phases = [
    () => settle(session, lease, unsettled),
    () => begin(session, lease),
    () => read(session, lease),
    () => count(session, lease, head),
    () => findDeparted(session, lease, head),
    () => plan(session, lease),
    () => enforce(session, lease),
    () => publish(session, lease),
  ];
  for (const phase of phases) if (!(await phase())) return;
}

/** Whoever holds the lease may be dead: waits until it has run out, once. */
async function takeLease(session: Session): Promise<Attempt<Held>> {
  const { ctx, ports, order } = session;
  const acquire = async (name: string) =>
    attempt(
      ctx,
      ports,
      name,
      60_000,
      async () => {
        const answer = await ports.ledger.acquire(order.directory, order.run);
        if ("lease" in answer) return { held: answer };
        return {
          heldBy: answer.heldBy,
          seconds: Math.max(1, Math.ceil((Date.parse(answer.until) - ports.clock()) / 1000) + 1),
        };
      },
      order.directory,
    );
  const first = await acquire("lease");
  if (!first.ok) return first;
  if (first.value.held) return { ok: true, value: first.value.held };
  tell(session, "waiting", first.value.seconds);
  await ctx.wait("lease-wait", { seconds: first.value.seconds });
  const second = await acquire("lease-again");
  if (!second.ok) return second;
  if (second.value.held) return { ok: true, value: second.value.held };
  const message = `Run ${second.value.heldBy} is sweeping ${order.directory} right now; wait for it to end.`;
  return { ok: false, problem: problemOf(new WardenError("ERR_LEASE_HELD", message), order.directory) };
}

async function settle(session: Session, lease: Lease, unsettled: readonly string[]): Promise<boolean> {
  for (const dead of unsettled) {
    const done = await step(session, lease, `settle-${dead}`, async (signal) => {
      await settleRun(await bench(session, signal), lease, dead, signal);
      return true;
    });
    if (!done) return false;
  }
  return true;
}

async function begin(session: Session, lease: Lease): Promise<boolean> {
  const { ports, order } = session;
  const begun = await step(session, lease, "begin", async (signal) => {
    await ports.ledger.putDirectory({ ...recordOf(session), status: "running" });
    const directory = await session.open(signal);
    await closeWaiters(await bench(session, signal), lease);
    await checkScopes(ports.policy, order.directory, directory, signal);
    const notes = await checkNamed(ports.policy, order.directory, directory, signal);
    const total = await askTotal(order.directory, directory, signal);
    return { total, notes, source: { tenant: directory.tenant, api: directory.api, scopes: directory.scopes() } };
  });
  if (!begun) return false;
  session.tally.source = begun.source;
  session.tally.problems.push(...begun.notes);
  takeTotal(session, begun.total);
  tell(session, "leased");
  return true;
}

function takeTotal({ tally }: Session, { total, problem }: Total): void {
  if (total !== undefined) tally.totals.push(total);
  if (problem && !tally.problems.some(({ code }) => code === problem.code)) tally.problems.push(problem);
}

async function read(session: Session, lease: Lease): Promise<boolean> {
  const { tally, order } = session;
  const ahead = {};
  let cursor: string | undefined;
  for (let number = 0; number < MOST_READ_STEPS; number++) {
    const at = cursor;
    const done = await step(session, lease, `read-${number}`, async (signal) => {
      const { evidence, ulid } = session.ports;
      const turned = (accounts: number) => tell(session, "read", accounts);
      const reader = {
        ...(await bench(session, signal)),
        evidence,
        ulid,
        run: order.run,
        folder: session.files,
        ahead,
        turned,
      };
      return readPages(reader, number, at, tally.cursors, signal);
    });
    if (!done) return false;
    takeRead(session, done);
    if (done.problem) return false;
    if (done.next === undefined) return true;
    cursor = done.next;
  }
  return blame(
    session,
    new WardenError(
      "ERR_LIMIT_EXECUTION",
      `${order.directory} lists more pages than one sweep can read; ask for larger pages.`,
    ),
  );
}

function takeRead({ tally }: Session, done: ReadStep): void {
  if (done.part) tally.parts.push(done.part);
  if (done.problem) tally.problems.push(done.problem);
  if (done.claimed !== undefined) tally.claimed = done.claimed;
  if (done.lastCursor !== undefined) tally.lastCursor = done.lastCursor;
  for (const cursor of done.cursors) tally.cursors.add(cursor);
  tally.authors.push(done.author);
  tally.clocks.push(...done.clocks);
  tally.verdicts = addCounts(tally.verdicts, done.verdicts);
  tally.after = tally.verdicts;
  tally.changes = addCounts(tally.changes, { planned: done.planned, ...done.foreseen });
  tally.foreseen += Object.values(done.foreseen).reduce((sum, count) => sum + count, 0);
  tally.cautions = {
    shown: [...tally.cautions.shown, ...done.cautions.shown].slice(0, MOST_CAUTIONS),
    count: tally.cautions.count + done.cautions.count,
  };
  tally.renamed += done.renamed;
}

/** Asks for the total again, takes out who was read twice, and passes the gate or not. */
async function count(session: Session, lease: Lease, head: Head): Promise<boolean> {
  const { tally, order, ports } = session;
  const counted = await step(session, lease, "count", async (signal) => ({
    total: await askTotal(order.directory, await session.open(signal), signal),
    repeated: await countDuplicates(ports.evidence, tally.parts),
  }));
  if (!counted) return false;
  takeTotal(session, counted.total);
  tally.duplicates = counted.repeated.count;
  tally.verdicts = addCounts(tally.verdicts, counted.repeated.verdicts, -1);
  tally.after = tally.verdicts;
  const { totals, claimed, clocks } = tally;
  const reasons = gate({
    directory: order.directory,
    read: readCount(tally),
    totals,
    clocks,
    ...(claimed === undefined ? {} : { claimed }),
    ...(head.baseline ? { baseline: head.baseline } : {}),
  });
  tally.problems.push(...reasons);
  tell(session, "gated", readCount(tally));
  return reasons.length === 0;
}

/** Before the plan: an account that the listing left out and the vendor still has makes the population incomplete. */
async function findDeparted(session: Session, lease: Lease, head: Head): Promise<boolean> {
  const { baseline } = head;
  if (!baseline) return true;
  const gone = await step(session, lease, "departed", async (signal) => {
    const { evidence, ledger, clock } = session.ports;
    const directory = await session.open(signal);
    return countDeparted(
      { evidence, ledger, clock, directory },
      { ...session.order, before: [baseline.run, ...(baseline.also ?? [])] },
      session.tally.parts,
      signal,
    );
  });
  if (!gone) return false;
  session.tally.departed = { confirmed: gone.confirmed, unconfirmed: gone.unconfirmed };
  if (gone.present === 0) return true;
  const message = `The listing of ${session.order.directory} left out ${gone.present} accounts that the vendor still has; sweep again.`;
  return blame(session, new WardenError("ERR_READ_SHORT", message));
}

async function plan(session: Session, lease: Lease): Promise<boolean> {
  const { tally, order, ports } = session;
  const planned = await step(session, lease, "plan", async () => ({
    hash: await hashPlan(ports.ledger, order.run, order.directory, tally.authors, tally.changes.planned),
    spent: await ports.ledger.spent(BUDGET),
  }));
  if (!planned) return false;
  tally.plan = planned.hash;
  const inScope = readCount(tally) - tally.verdicts["out-of-scope"];
  tally.problems.push(...cautionNotes(order.directory, tally.cautions));
  const doable = tally.changes.planned - tally.foreseen;
  const counts = { planned: doable, exempt: tally.verdicts.exempt, renamed: tally.renamed };
  const { over, notes } = checkLimits(ports.policy.limits, {
    directory: order.directory,
    inScope,
    spent: planned.spent,
    ...counts,
  });
  tally.problems.push(...notes);
  tell(session, "planned", doable);
  tally.problems.push(...over);
  return mayChange(session) && over.length === 0;
}

async function enforce(session: Session, lease: Lease): Promise<boolean> {
  const { tally, order } = session;
  const plan = { run: order.run, authors: tally.authors };
  let after: string | undefined;
  for (let number = 0; number < MOST_CHANGE_STEPS; number++) {
    const from = after;
    const batch = await step(session, lease, `enforce-${number}`, async (signal) =>
      enforceBatch(
        { ...(await bench(session, signal)), directory: await session.reopen(signal) },
        lease,
        { ...plan, ...(from === undefined ? {} : { after: from }) },
        signal,
      ),
    );
    if (!batch) {
      tally.brokenOff = true;
      return false;
    }
    tally.changes = addCounts(tally.changes, batch.outcomes);
    tally.after = addCounts(tally.after, batch.verdicts);
    if (batch.stop) return stop(session, lease, batch.stop);
    if (batch.last === undefined) return true;
    after = batch.last;
  }
  const message = `${order.directory} changes too slowly for one sweep to make the whole plan; sweep again for the rest.`;
  return stop(session, lease, problemOf(new WardenError("ERR_LIMIT_EXECUTION", message), order.directory));
}

/** What is left is refused, on record, and nothing more is tried; what was written is still pushed live. */
async function stop(session: Session, lease: Lease, problem: Problem): Promise<boolean> {
  const { tally, order, ports } = session;
  tally.problems.push(problem);
  const plan = { run: order.run, authors: tally.authors };
  const refused = await step(session, lease, "dismiss", async () =>
    dismissRest(ports.ledger, order.directory, plan, `enforcement stopped: ${problem.code}`),
  );
  tally.changes = addCounts(tally.changes, { refused: refused ?? 0 });
  return refused !== undefined;
}
