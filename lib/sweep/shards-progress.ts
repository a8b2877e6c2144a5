/** How far the reading of shards has come, and how each result of a step is added to it. Pure: a replay builds the same. */
import type { Shard } from "../model/index.ts";
import type { ReadStep } from "./read-result.ts";
import { addDiscardedRead, addShardRead, type SweepState } from "./state.ts";

/** A shard under way. */
export interface ShardPosition extends Shard {
  /** Of its next page. */
  readonly cursor: string;
  /** Rows read so far. */
  readonly read: number;
}

export interface ShardsProgress {
  readonly state: SweepState;
  readonly open: readonly ShardPosition[];
  readonly done: readonly ShardPosition[];
  /** What was read of which shard, in the order of the steps' numbers. */
  readonly reads: readonly { readonly shard: string; readonly read: ReadStep }[];
  /** How many durable steps were made. */
  readonly steps: number;
  /** Numbers of the reads that do not count any more. */
  readonly discarded: readonly number[];
}

/** Where reading begins. */
export const newProgress = (state: SweepState, shards: readonly Shard[]): ShardsProgress => ({
  state,
  open: shards.map(positionOf),
  done: [],
  reads: [],
  steps: 0,
  discarded: [],
});

const positionOf = ({ id, accounts, first }: Shard): ShardPosition => ({ id, accounts, first, cursor: first, read: 0 });

/** Rows of accounts that were there before the total was asked for. */
export const settledRows = ({ reads }: ShardsProgress): number =>
  reads.reduce((sum, { read }) => sum + (read.settled ?? 0), 0);

/** @param results of the first shards that are open, in their order; the others stay open */
export function addReads(before: ShardsProgress, results: readonly ReadStep[]): ShardsProgress {
  const { state, open, done, reads, steps } = before;
  const moved = open.slice(0, results.length).map((position, index) => {
    const { next, part } = results[index] ?? {};
    return { next, position: { ...position, read: position.read + (part?.ids.count ?? 0) } };
  });
  const ended = moved.filter(({ next }) => next === undefined).map(({ position }) => position);
  const going = moved.flatMap(({ next, position }) => (next === undefined ? [] : [{ ...position, cursor: next }]));
  const added = results.map((read, index) => ({ shard: open[index]?.id ?? "", read }));
  return {
    ...before,
    state: added.reduce((sum, { shard, read }) => addShardRead(sum, shard, read), state),
    open: [...going, ...open.slice(results.length)].toSorted(byUrgency),
    done: [...done, ...ended],
    reads: [...reads, ...added],
    steps: steps + 1,
  };
}

/**
 * Those that have been begun come first, so that few pages wait in memory; then the one of which most is left, since none is cut
 * further.
 */
const byUrgency = (a: ShardPosition, b: ShardPosition): number =>
  Number(b.read > 0) - Number(a.read > 0) || leftOf(b) - leftOf(a);

const leftOf = ({ accounts, read }: ShardPosition): number => accounts - read;

/** What was read of these shards does not count, and they are open again. @param begun the state before any shard was read */
export function readAgain(before: ShardsProgress, begun: SweepState, ids: readonly string[]): ShardsProgress {
  const again = new Set(ids);
  const { done, reads, steps } = before;
  const firstNumber = begun.authors.length;
  return {
    state: reads.reduce(
      (sum, { shard, read }) => (again.has(shard) ? addDiscardedRead(sum) : addShardRead(sum, shard, read)),
      begun,
    ),
    open: done.filter(({ id }) => again.has(id)).map(positionOf),
    done: done.filter(({ id }) => !again.has(id)),
    reads: reads.filter(({ shard }) => !again.has(shard)),
    steps,
    discarded: reads.flatMap(({ shard }, index) => (again.has(shard) ? [firstNumber + index] : [])),
  };
}
