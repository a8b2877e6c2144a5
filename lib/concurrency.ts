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
  /** Takes the place of what is kept. */
  put(cached: Cached<T>): void;
  /** Forgets this value, which is no longer good, unless a newer one is here already. */
  drop(value: T): void;
  /** Forgets what is kept, and does not keep what is being loaded at this moment. */
  clear(): void;
}

/** Loads a value. @param signal that of whoever asked first */
type Load<T> = (signal: AbortSignal) => Promise<Cached<T>>;

/** Keeps what `load` answers until it ends. */
export function cacheUntil<T>(clock: Clock, load: Load<T>): Cache<T> {
  const state: CacheState<T> = { current: undefined, pending: undefined };
  return {
    get: (signal) => getCached(state, clock, load, signal),
    put: (cached) => {
      state.current = cached;
    },
    drop: (value) => {
      if (state.current?.value === value) state.current = undefined;
    },
    clear: () => {
      state.current = undefined;
      state.pending = undefined;
    },
  };
}

interface CacheState<T> {
  current: Cached<T> | undefined;
  pending: Pending<T> | undefined;
}

interface Pending<T> {
  readonly starter: AbortSignal;
  readonly loading: Promise<Cached<T>>;
}

async function getCached<T>(state: CacheState<T>, clock: Clock, load: Load<T>, signal: AbortSignal): Promise<T> {
  if (state.current && clock() < state.current.until) return state.current.value;
  state.pending ??= startLoading(state, load, signal);
  const { starter, loading } = state.pending;
  try {
    return (await loading).value;
  } catch (error) {
    // Somebody else asked for what we share, and gave up; we have not.
    if (starter !== signal && starter.aborted && !signal.aborted) return getCached(state, clock, load, signal);
    throw error;
  }
}

function startLoading<T>(state: CacheState<T>, load: Load<T>, starter: AbortSignal): Pending<T> {
  const pending: Pending<T> = { starter, loading: load(starter) };
  const end = (loaded = state.current) => {
    if (state.pending !== pending) return;
    state.pending = undefined;
    state.current = loaded;
  };
  pending.loading.then(end, () => end());
  return pending;
}
