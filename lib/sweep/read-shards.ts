/** Reads a directory shard by shard, several at once, and tells whether somebody may be missing. */
import { mapConcurrently } from "../concurrency.ts";
import { countDuplicates } from "../evidence/index.ts";
import { omitUndefined, type Problem, type Shard } from "../model/index.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import type { PageAhead } from "./page-ahead.ts";
import type { ReadStep } from "./read-result.ts";
import { type ReadContext, readPages } from "./read-step.ts";
import { type CountedShards, doubtOf, type ShardsRead } from "./shards.ts";
import { addShardRead, addShardsTotal, type SweepState } from "./state.ts";
import { askTotal } from "./total.ts";

const SHARDS_IN_PARALLEL = 8;
/** After any of these a step begins with no further shard; those that it has begun are read as far as one step of one listing is. */
const MAX_READS_PER_STEP = 32;
const MAX_PAGES_PER_STEP = 160;
const MAX_STEP_DURATION_MS = 30_000;
/** Every step reads at least one page of each of its shards. */
const MAX_STEPS = 1_200;

const PROBE_DEADLINE_MS = 120_000;

/** A shard under way. */
interface ShardPosition extends Shard {
  /** Of its next page. */
  readonly cursor: string;
  /** Rows read so far. */
  readonly read: number;
}

/** How far reading has come. */
interface Progress {
  readonly state: SweepState;
  readonly open: readonly ShardPosition[];
  readonly done: readonly ShardPosition[];
  readonly settled: number;
}

/** `doubt`: somebody may be missing, so that the directory must be listed as a whole. */
export type ShardsResult =
  | { readonly state: SweepState; readonly doubt?: string; readonly problems?: undefined }
  | { readonly state: SweepState; readonly problems: readonly Problem[] };

/** Makes what a step reads with. @param totalAskedAt as `ReadContext` has it */
export type MakeReadContext = (signal: AbortSignal, totalAskedAt: number) => Promise<ReadContext>;

export async function readShards(
  context: LeasedContext,
  begun: SweepState,
  { shards, counted, makeReadContext }: ShardsOrder,
): Promise<ShardsResult> {
  const aheads = new Map<string, PageAhead>(shards.map(({ id }) => [id, {}]));
  const open = shards.map((shard) => ({ ...shard, cursor: shard.first, read: 0 }));
  let progress: Progress = { state: begun, open, done: [], settled: 0 };
  for (let number = 0; progress.open.length > 0 && number < MAX_STEPS; number++) {
    const before = progress;
    const step = await runLeasedStep(context, `read-shards-${number}`, async (signal) => {
      const readContext = await makeReadContext(signal, counted.askedAt);
      return readNext(readContext, before, aheads, signal);
    });
    if (!step.ok) return { state: progress.state, problems: [step.problem] };
    progress = addReads(progress, step.value);
    const problems = step.value.flatMap(({ problem }) => problem ?? []);
    if (problems.some(isAboutShards)) return { state: progress.state, doubt: `${problems[0]?.message}` };
    if (problems.length > 0) return { state: progress.state, problems: [] };
  }
  if (progress.open.length > 0) return { state: progress.state, doubt: "the shards have too many pages" };
  return checkShards(context, progress, counted);
}

/** What to read, and with what. */
interface ShardsOrder {
  readonly shards: readonly Shard[];
  readonly counted: CountedShards;
  readonly makeReadContext: MakeReadContext;
}

/** Problems that the listing of the whole may not have. */
const isAboutShards = ({ code }: Problem): boolean => SHARD_PROBLEMS.has(code);

const SHARD_PROBLEMS = new Set(["ERR_VENDOR_DENIED", "ERR_VENDOR_REJECTED", "ERR_VENDOR_NOT_FOUND", "ERR_READ_LOOP"]);

/** The results of the first shards that are open, in their order; those that there was no room for have none. */
async function readNext(
  context: ReadContext,
  { state, open }: Progress,
  aheads: ReadonlyMap<string, PageAhead>,
  signal: AbortSignal,
): Promise<ReadStep[]> {
  const startedAt = context.clock();
  const usedCursors = new Set(state.cursors);
  let pages = 0;
  let isFull = false;
  const positions = open.slice(0, MAX_READS_PER_STEP).map((position, index) => ({ position, index }));
  const reads = await mapConcurrently(positions, SHARDS_IN_PARALLEL, async ({ position: { id, cursor }, index }) => {
    isFull ||= pages >= MAX_PAGES_PER_STEP || context.clock() - startedAt >= MAX_STEP_DURATION_MS;
    if (isFull && index > 0) return undefined;
    const shardContext = { ...context, pageAhead: aheads.get(id) ?? {} };
    const number = state.authors.length + index;
    const read = await readPages(shardContext, { number, cursor, usedCursors }, signal);
    pages += read.part?.pages.length ?? 0;
    return read;
  });
  return reads.filter((read) => read !== undefined);
}

/** The shards that the step did not come to are the first of the next one. */
function addReads({ state, open, done, settled }: Progress, reads: readonly ReadStep[]): Progress {
  const moved = open.slice(0, reads.length).map((position, index) => {
    const { next, part } = reads[index] ?? {};
    return { next, position: { ...position, read: position.read + (part?.ids.count ?? 0) } };
  });
  const ended = moved.filter(({ next }) => next === undefined).map(({ position }) => position);
  const going = moved.flatMap(({ next, position }) => (next === undefined ? [] : [{ ...position, cursor: next }]));
  return {
    state: reads.reduce((sum, read, index) => addShardRead(sum, open[index]?.id ?? "", read), state),
    open: [...open.slice(reads.length), ...going].toSorted((a, b) => b.accounts - b.read - (a.accounts - a.read)),
    done: [...done, ...ended],
    settled: reads.reduce((sum, read) => sum + (read.settled ?? 0), settled),
  };
}

async function checkShards(context: LeasedContext, progress: Progress, counted: CountedShards): Promise<ShardsResult> {
  const { state, done, settled } = progress;
  const step = await runLeasedStep(context, "count-shards", (signal) => countShards(context, state, signal));
  if (!step.ok && isAboutShards(step.problem)) return { state, doubt: step.problem.message };
  if (!step.ok) return { state, problems: [step.problem] };
  const { after, claimed, duplicates } = step.value;
  const afterById = new Map(after.shards?.map(({ id, accounts }) => [id, accounts]));
  const shards = done
    .map(({ id, accounts, read }) => omitUndefined({ id, before: accounts, after: afterById.get(id), read }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const rows = shards.reduce((sum, { read }) => sum + read, 0);
  const found: ShardsRead = omitUndefined({
    shards,
    before: counted.list,
    after,
    claimed,
    rows,
    settled,
    duplicates,
  });
  const doubt = doubtOf(found);
  if (doubt !== undefined) return { state, doubt };
  return { state: addShardsTotal(state, { after, claimed, shards }) };
}

/** What a listing of the whole claims tells of those who are in no shard. */
async function countShards({ ports, order, open }: LeasedContext, { segments }: SweepState, signal: AbortSignal) {
  const directory = await open(signal);
  const [after, whole, { count }] = await Promise.all([
    askTotal(order.directory, directory, signal),
    directory.page(undefined, AbortSignal.any([signal, AbortSignal.timeout(PROBE_DEADLINE_MS)])),
    countDuplicates(ports.evidence, segments),
  ]);
  return omitUndefined({ after, claimed: whole.claimed, duplicates: count });
}
