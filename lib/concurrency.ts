/** Work on many things, a few at a time. */

/**
 * The results of `work` in the order of `items`, with at most `limit` under way at once. After a failure nothing new is begun,
 * what is under way ends, and the first failure is thrown.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = entriesOf(items);
  const worker = async () => {
    // One generator for all workers: the one that fails closes it for the others too.
    for (const [index, item] of queue) results[index] = await work(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
  return results;
}

function* entriesOf<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries();
}
