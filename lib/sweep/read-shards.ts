/** Reads a directory shard by shard, several at once, and tells whether somebody may be missing. */
import { mapConcurrently } from "../concurrency.ts";
import type { Shard } from "../model/index.ts";
import { checkShards, isAboutShards, type ShardsResult } from "./check-shards.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import type { PageAhead } from "./page-ahead.ts";
import type { ReadStep } from "./read-result.ts";
import { type ReadContext, readPages } from "./read-step.ts";
import type { CountedShards } from "./shards.ts";
import { addReads, newProgress, readAgain, type ShardsProgress } from "./shards-progress.ts";
import type { SweepState } from "./state.ts";

const SHARDS_IN_PARALLEL = 8;
/** After any of these a step begins with no further shard; those that it has begun are read as far as one step of one listing is. */
const MAX_READS_PER_STEP = 32;
const MAX_PAGES_PER_STEP = 160;
const MAX_STEP_DURATION_MS = 30_000;
/** Every step reads at least one page of each of its shards. */
const MAX_STEPS = 1_200;

/** Makes what a step reads with. */
export type MakeReadContext = (
  signal: AbortSignal,
  more: Pick<ReadContext, "totalAskedAt" | "discarded">,
) => Promise<ReadContext>;

/** What to read, and with what. */
interface ShardsOrder {
  readonly shards: readonly Shard[];
  readonly counted: CountedShards;
  readonly makeReadContext: MakeReadContext;
}

export async function readShards(context: LeasedContext, begun: SweepState, order: ShardsOrder): Promise<ShardsResult> {
  const first = await readOpen(context, order, newProgress(begun, order.shards));
  if ("ended" in first) return first.ended;
  const { counted } = order;
  const { result, toReadAgain } = await checkShards(context, first.progress, { name: "count-shards", counted });
  if (!toReadAgain) return result;
  const second = await readOpen(context, order, readAgain(first.progress, begun, toReadAgain));
  if ("ended" in second) return second.ended;
  return (await checkShards(context, second.progress, { name: "count-shards-again", counted })).result;
}

/** Reads on until no shard is open. */
async function readOpen(
  context: LeasedContext,
  { counted, makeReadContext }: ShardsOrder,
  start: ShardsProgress,
): Promise<{ readonly progress: ShardsProgress } | { readonly ended: ShardsResult }> {
  const aheads = new Map<string, PageAhead>(start.open.map(({ id }) => [id, {}]));
  let progress = start;
  while (progress.open.length > 0) {
    const before = progress;
    const { state, steps, discarded } = before;
    if (steps >= MAX_STEPS) return { ended: { state, doubt: "the shards have too many pages" } };
    const step = await runLeasedStep(context, `read-shards-${steps}`, async (signal) => {
      const more = { totalAskedAt: counted.askedAt, discarded: { steps: discarded } };
      return readNext(await makeReadContext(signal, more), before, aheads, signal);
    });
    if (!step.ok) return { ended: { state, problems: [step.problem] } };
    progress = addReads(before, step.value);
    const problems = step.value.flatMap(({ problem }) => problem ?? []);
    if (problems.some(isAboutShards)) return { ended: { state: progress.state, doubt: `${problems[0]?.message}` } };
    if (problems.length > 0) return { ended: { state: progress.state, problems: [] } };
  }
  return { progress };
}

/** The results of the first shards that are open, in their order; those that there was no room for have none. */
async function readNext(
  context: ReadContext,
  { state, open }: ShardsProgress,
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
