/** One directory, as a durable workflow: lease, settle, read and judge, gate, plan, enforce, publish, close. */

import { type Durable, runStep, type StepResult } from "../durable.ts";
import { BUDGET_SCOPE } from "../enforcement/index.ts";
import { problemOf, WardenError } from "../errors.ts";
import { countDuplicates } from "../evidence/index.ts";
import { addCounts, type DirectoryHead, type DirectoryRecord, type Lease, type Problem } from "../model/index.ts";
import { mayChange } from "../policy/index.ts";
import { applyBatch, refuseRemaining } from "./apply.ts";
import { close, recordOf } from "./close.ts";
import { completenessGate } from "./completeness-gate.ts";
import { countDeparted } from "./departed.ts";
import { cautionNotes, checkLimits, hashPlan } from "./plan.ts";
import { askTotal, type ClaimedTotal, checkNamed, checkScopes } from "./preflight.ts";
import { publish } from "./publish.ts";
import { type ReadStep, readPages } from "./read.ts";
import { closeAbandonedRuns, recoverRun } from "./recover-run.ts";
import {
  failPhase,
  type HeldLease,
  MAX_CAUTIONS,
  readCount,
  reportProgress,
  runLeasedStep,
  type SweepContext,
  type SweepOrder,
  type SweepPorts,
  startSweep,
  subjectContext,
} from "./state.ts";

export type { ProgressEvent, SweepOrder, SweepPorts } from "./state.ts";

/** Of the 3,000 operations an execution may have, what reading may take: 5,000,000 accounts at 1,000 a page need 500. */
const MOST_READ_STEPS = 1_200;
/** And what changing may take: 50,000 changes need 1,000 unless the vendor is slow. */
const MOST_CHANGE_STEPS = 1_050;

/** Sweeps one directory and answers what it came to. Problems are in the record; nothing that can be expected is thrown. */
export async function sweep(ctx: Durable, ports: SweepPorts, order: SweepOrder): Promise<DirectoryRecord> {
  const session = startSweep(ctx, ports, order);
  const taken = await takeLease(session);
  if (taken.ok) await work(session, taken.value);
  else session.state.problems.push(taken.problem);
  const held = taken.ok ? taken.value : undefined;
  const closed = await runStep(
    ctx,
    ports,
    "close",
    5 * 60_000,
    (signal) => close(session, held, signal),
    order.directory,
  );
  reportProgress(session, "closed");
  if (closed.ok) return closed.value;
  session.state.problems.push(closed.problem);
  return recordOf(session);
}

/** Each phase says whether the next one may begin. */
async function work(session: SweepContext, { lease, unsettled, head }: HeldLease): Promise<void> {
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
async function takeLease(session: SweepContext): Promise<StepResult<HeldLease>> {
  const { ctx, ports, order } = session;
  const acquire = async (name: string) =>
    runStep(
      ctx,
      ports,
      name,
      60_000,
      async () => {
        const answer = await ports.ledger.acquireLease(order.directory, order.run);
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
  reportProgress(session, "waiting", first.value.seconds);
  await ctx.wait("lease-wait", { seconds: first.value.seconds });
  const second = await acquire("lease-again");
  if (!second.ok) return second;
  if (second.value.held) return { ok: true, value: second.value.held };
  const message = `Run ${second.value.heldBy} is sweeping ${order.directory} right now; wait for it to end.`;
  return { ok: false, problem: problemOf(new WardenError("ERR_LEASE_HELD", message), order.directory) };
}

async function settle(session: SweepContext, lease: Lease, unsettled: readonly string[]): Promise<boolean> {
  for (const dead of unsettled) {
    const done = await runLeasedStep(session, lease, `settle-${dead}`, async (signal) => {
      await recoverRun(await subjectContext(session, signal), lease, dead, signal);
      return true;
    });
    if (!done) return false;
  }
  return true;
}

async function begin(session: SweepContext, lease: Lease): Promise<boolean> {
  const { ports, order } = session;
  const begun = await runLeasedStep(session, lease, "begin", async (signal) => {
    await ports.ledger.saveDirectory({ ...recordOf(session), status: "running" });
    const directory = await session.open(signal);
    await closeAbandonedRuns(await subjectContext(session, signal), lease);
    await checkScopes(ports.policy, order.directory, directory, signal);
    const notes = await checkNamed(ports.policy, order.directory, directory, signal);
    const total = await askTotal(order.directory, directory, signal);
    return { total, notes, source: { tenant: directory.tenant, api: directory.api, scopes: directory.scopes() } };
  });
  if (!begun) return false;
  session.state.source = begun.source;
  session.state.problems.push(...begun.notes);
  takeTotal(session, begun.total);
  reportProgress(session, "leased");
  return true;
}

function takeTotal({ state }: SweepContext, { total, problem }: ClaimedTotal): void {
  if (total !== undefined) state.totals.push(total);
  if (problem && !state.problems.some(({ code }) => code === problem.code)) state.problems.push(problem);
}

async function read(session: SweepContext, lease: Lease): Promise<boolean> {
  const { state, order } = session;
  const ahead = {};
  let cursor: string | undefined;
  for (let number = 0; number < MOST_READ_STEPS; number++) {
    const at = cursor;
    const done = await runLeasedStep(session, lease, `read-${number}`, async (signal) => {
      const { evidence, ulid } = session.ports;
      const turned = (accounts: number) => reportProgress(session, "read", accounts);
      const reader = {
        ...(await subjectContext(session, signal)),
        evidence,
        ulid,
        run: order.run,
        folder: session.files,
        ahead,
        turned,
      };
      return readPages(reader, number, at, state.cursors, signal);
    });
    if (!done) return false;
    takeRead(session, done);
    if (done.problem) return false;
    if (done.next === undefined) return true;
    cursor = done.next;
  }
  return failPhase(
    session,
    new WardenError(
      "ERR_LIMIT_EXECUTION",
      `${order.directory} lists more pages than one sweep can read; ask for larger pages.`,
    ),
  );
}

function takeRead({ state }: SweepContext, done: ReadStep): void {
  if (done.part) state.parts.push(done.part);
  if (done.problem) state.problems.push(done.problem);
  if (done.claimed !== undefined) state.claimed = done.claimed;
  if (done.lastCursor !== undefined) state.lastCursor = done.lastCursor;
  for (const cursor of done.cursors) state.cursors.add(cursor);
  state.authors.push(done.author);
  state.clocks.push(...done.clocks);
  state.verdicts = addCounts(state.verdicts, done.verdicts);
  state.after = state.verdicts;
  state.changes = addCounts(state.changes, { planned: done.planned, ...done.foreseen });
  state.foreseen += Object.values(done.foreseen).reduce((sum, count) => sum + count, 0);
  state.cautions = {
    shown: [...state.cautions.shown, ...done.cautions.shown].slice(0, MAX_CAUTIONS),
    count: state.cautions.count + done.cautions.count,
  };
  state.renamed += done.renamed;
}

/** Asks for the total again, takes out who was read twice, and passes the gate or not. */
async function count(session: SweepContext, lease: Lease, head: DirectoryHead): Promise<boolean> {
  const { state, order, ports } = session;
  const counted = await runLeasedStep(session, lease, "count", async (signal) => ({
    total: await askTotal(order.directory, await session.open(signal), signal),
    repeated: await countDuplicates(ports.evidence, state.parts),
  }));
  if (!counted) return false;
  takeTotal(session, counted.total);
  state.duplicates = counted.repeated.count;
  state.verdicts = addCounts(state.verdicts, counted.repeated.verdicts, -1);
  state.after = state.verdicts;
  const { totals, claimed, clocks } = state;
  const reasons = completenessGate({
    directory: order.directory,
    read: readCount(state),
    totals,
    clocks,
    ...(claimed === undefined ? {} : { claimed }),
    ...(head.baseline ? { baseline: head.baseline } : {}),
  });
  state.problems.push(...reasons);
  reportProgress(session, "gated", readCount(state));
  return reasons.length === 0;
}

/** Before the plan: an account that the listing left out and the vendor still has makes the population incomplete. */
async function findDeparted(session: SweepContext, lease: Lease, head: DirectoryHead): Promise<boolean> {
  const { baseline } = head;
  if (!baseline) return true;
  const gone = await runLeasedStep(session, lease, "departed", async (signal) => {
    const { evidence, ledger, clock } = session.ports;
    const directory = await session.open(signal);
    return countDeparted(
      { evidence, ledger, clock, directory },
      { ...session.order, before: [baseline.run, ...(baseline.also ?? [])] },
      session.state.parts,
      signal,
    );
  });
  if (!gone) return false;
  session.state.departed = { confirmed: gone.confirmed, unconfirmed: gone.unconfirmed };
  if (gone.present === 0) return true;
  const message = `The listing of ${session.order.directory} left out ${gone.present} accounts that the vendor still has; sweep again.`;
  return failPhase(session, new WardenError("ERR_READ_SHORT", message));
}

async function plan(session: SweepContext, lease: Lease): Promise<boolean> {
  const { state, order, ports } = session;
  const planned = await runLeasedStep(session, lease, "plan", async () => ({
    hash: await hashPlan(ports.ledger, order.run, order.directory, state.authors, state.changes.planned),
    spent: await ports.ledger.countSpentBudget(BUDGET_SCOPE),
  }));
  if (!planned) return false;
  state.plan = planned.hash;
  const inScope = readCount(state) - state.verdicts["out-of-scope"];
  state.problems.push(...cautionNotes(order.directory, state.cautions));
  const doable = state.changes.planned - state.foreseen;
  const counts = { planned: doable, exempt: state.verdicts.exempt, renamed: state.renamed };
  const { over, notes } = checkLimits(ports.policy.limits, {
    directory: order.directory,
    inScope,
    spent: planned.spent,
    ...counts,
  });
  state.problems.push(...notes);
  reportProgress(session, "planned", doable);
  state.problems.push(...over);
  return mayChange(ports.policy, order.directory, order.mode) && over.length === 0;
}

async function enforce(session: SweepContext, lease: Lease): Promise<boolean> {
  const { state, order } = session;
  const plan = { run: order.run, authors: state.authors };
  let after: string | undefined;
  for (let number = 0; number < MOST_CHANGE_STEPS; number++) {
    const from = after;
    const batch = await runLeasedStep(session, lease, `enforce-${number}`, async (signal) =>
      applyBatch(
        { ...(await subjectContext(session, signal)), directory: await session.reopen(signal) },
        lease,
        { ...plan, ...(from === undefined ? {} : { after: from }) },
        signal,
      ),
    );
    if (!batch) {
      state.brokenOff = true;
      return false;
    }
    state.changes = addCounts(state.changes, batch.outcomes);
    state.after = addCounts(state.after, batch.verdicts);
    if (batch.stop) return stop(session, lease, batch.stop);
    if (batch.last === undefined) return true;
    after = batch.last;
  }
  const message = `${order.directory} changes too slowly for one sweep to make the whole plan; sweep again for the rest.`;
  return stop(session, lease, problemOf(new WardenError("ERR_LIMIT_EXECUTION", message), order.directory));
}

/** What is left is refused, on record, and nothing more is tried; what was written is still pushed live. */
async function stop(session: SweepContext, lease: Lease, problem: Problem): Promise<boolean> {
  const { state, order, ports } = session;
  state.problems.push(problem);
  const plan = { run: order.run, authors: state.authors };
  const refused = await runLeasedStep(session, lease, "dismiss", async () =>
    refuseRemaining(ports.ledger, order.directory, plan, `enforcement stopped: ${problem.code}`),
  );
  state.changes = addCounts(state.changes, { refused: refused ?? 0 });
  return refused !== undefined;
}
