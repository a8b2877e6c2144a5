/** Work on many things a few at a time, and values that are loaded once and shared by everybody who asks. */
import type { Clock } from "./model/index.ts";

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

/** What the first call that does not fail has loaded. Who asks meanwhile shares the call; a failure is not kept. */
export function loadOnce<Args extends unknown[], T>(
  load: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  let loading: Promise<T> | undefined;
  return (...args) => {
    loading ??= load(...args).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

export interface Cached<T> {
  readonly value: T;
  /** When it is no longer used, by our clock: milliseconds since 1970. */
  readonly until: number;
}

export interface Cache<T> {
  /** The value that is kept, or a new one. Who asks meanwhile shares the call; a failure is not kept. */
  get(signal: AbortSignal): Promise<T>;
  /** Forgets what is kept, and what is being loaded at this moment. */
  forget(): void;
}

/** Keeps what `load` answers until it ends. @param load gets the signal of whoever asked first */
export function cacheUntil<T>(clock: Clock, load: (signal: AbortSignal) => Promise<Cached<T>>): Cache<T> {
  let current: Cached<T> | undefined;
  let pending: { readonly starter: AbortSignal; readonly loading: Promise<Cached<T>> } | undefined;

  async function get(signal: AbortSignal): Promise<T> {
    if (current && clock() < current.until) return current.value;
    pending ??= start(signal);
    const { starter, loading } = pending;
    try {
      return (await loading).value;
    } catch (error) {
      // Somebody else asked for what we share, and gave up; we have not.
      if (starter !== signal && starter.aborted && !signal.aborted) return get(signal);
      throw error;
    }
  }

  function start(starter: AbortSignal) {
    const loading = load(starter);
    const mine = { starter, loading };
    const end = (loaded?: Cached<T>) => {
      if (pending !== mine) return;
      pending = undefined;
      current = loaded;
    };
    loading.then(end, () => end());
    return mine;
  }

  return {
    get,
    forget() {
      current = undefined;
      pending = undefined;
    },
  };
}
