/** The phase before the plan: who is gone since the last complete run; found in the digest files, confirmed by a read. */
import { asWardenError, WardenError } from "../errors.ts";
import { type EvidenceRow, findDeparted } from "../evidence/index.ts";
import type { Baseline, Directory } from "../model/index.ts";
import { readEarlierManifest } from "./baseline.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { failPhase, halt, type Phase, proceed } from "./phase.ts";
import { addDeparted, type SweepState } from "./state.ts";

/** So many departed subjects are confirmed by a read, for so long; the others are recorded as `unconfirmed`. */
const MAX_CONFIRMED = 1_000;
const MAX_CONFIRMING_MS = 2 * 60_000;
const READS_IN_PARALLEL = 8;
const WRITES_IN_PARALLEL = 64;

/** An account that the listing left out and the vendor still has, or does not let us read, makes the population incomplete. */
export const recordDeparted: Phase = async (context, state) => {
  const { head, order } = context;
  const { baseline } = head;
  if (!baseline) return proceed(state);
  const step = await runLeasedStep(context, "departed", (signal) => countDeparted(context, state, baseline, signal));
  if (!step.ok) return halt(state, [step.problem]);
  const counted = addDeparted(state, step.value);
  const { present } = step.value;
  if (present === 0) return proceed(counted);
  const message = `The listing of ${order.directory} left out ${present} accounts that the vendor still has or hides from the credential; sweep again, and check its role.`;
  return failPhase(context, counted, new WardenError("ERR_READ_SHORT", message));
};

/** A search under way. */
interface DepartedSearch {
  readonly context: LeasedContext;
  readonly directory: Directory;
  readonly startedAt: number;
  /** `present`: not listed, and still there when asked for, or hidden from the credential. */
  readonly counts: { confirmed: number; unconfirmed: number; present: number };
}

async function countDeparted(
  context: LeasedContext,
  { segments }: SweepState,
  baseline: Baseline,
  signal: AbortSignal,
): Promise<DepartedSearch["counts"]> {
  const directory = await context.open(signal);
  const startedAt = context.ports.clock();
  const search: DepartedSearch = {
    context,
    directory,
    startedAt,
    counts: { confirmed: 0, unconfirmed: 0, present: 0 },
  };
  const runs = [baseline.run, ...(baseline.also ?? [])];
  const manifests = await Promise.all(runs.map((run) => readEarlierManifest(context, run)));
  const earlier = manifests.flatMap(({ parts }) => parts);
  const takeNew = runs.length > 1 ? newRowsOnly() : (rows: readonly EvidenceRow[]) => rows;
  for await (const rows of findDeparted(context.ports.evidence, earlier, segments))
    await recordAll(search, takeNew(rows), signal);
  return search.counts;
}

/** After an accept there are several earlier populations, and most people are in all of them. */
function newRowsOnly(): (rows: readonly EvidenceRow[]) => readonly EvidenceRow[] {
  const known = new Set<string>();
  return (rows) => {
    const fresh = rows.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    return fresh;
  };
}

async function recordAll(search: DepartedSearch, rows: readonly EvidenceRow[], signal: AbortSignal): Promise<void> {
  let next = 0;
  while (next < rows.length) {
    const width = mayConfirm(search) ? READS_IN_PARALLEL : WRITES_IN_PARALLEL;
    await Promise.all(rows.slice(next, next + width).map((row) => recordOne(search, row, signal)));
    next += width;
  }
}

const mayConfirm = ({ context, startedAt, counts }: DepartedSearch): boolean =>
  counts.confirmed < MAX_CONFIRMED && context.ports.clock() - startedAt < MAX_CONFIRMING_MS;

/** One account that the credential may not read, such as one of another population, says nothing of the others. */
async function mayExist(directory: Directory, id: string, signal: AbortSignal): Promise<boolean> {
  const subject = await directory.read(id, signal).catch(asWardenError);
  if (subject instanceof WardenError && subject.code !== "ERR_VENDOR_DENIED") throw subject;
  return subject !== undefined;
}

async function recordOne(search: DepartedSearch, { id }: EvidenceRow, signal: AbortSignal): Promise<void> {
  const { context, directory, counts } = search;
  const { ledger, clock } = context.ports;
  const { run } = context.order;
  const how = mayConfirm(search) ? "confirmed" : "unconfirmed";
  const isPresent = how === "confirmed" && (await mayExist(directory, id, signal));
  counts[isPresent ? "present" : how]++;
  if (isPresent) return;
  await ledger.markDeparted(context.order.directory, id, run, new Date(clock()).toISOString(), how);
}
