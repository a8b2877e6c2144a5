/** Work on many things, a few at a time. */

/**
 * Answers in the order of `items`. After a failure nothing new is begun, what is under way ends, and the first failure is
 * thrown.
 */
export async function pooled<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = entries(items);
  const worker = async () => {
    // One generator for all workers: the one that fails closes it for the others too.
    for (const [index, item] of queue) results[index] = await work(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, worker));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
  return results;
}

function* entries<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries();
}
