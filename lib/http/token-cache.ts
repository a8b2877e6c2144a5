/** A token that ends after a while: fetched when it is needed, and shared by everybody who asks meanwhile. */

import { hasCode } from "../errors.ts";
import type { Clock } from "../model/index.ts";

/** A token is renewed this long before it ends, so that it does not end on its way. */
export const TOKEN_RENEWAL_MARGIN_MS = 60_000;
/** For a server that does not say how long its token lives (RFC 6749 section 5.1 only recommends that it does). */
export const DEFAULT_TOKEN_LIFETIME_S = 300;

export interface FetchedToken<T> {
  readonly value: T;
  /** When it is no longer used, by our clock; epoch ms. */
  readonly until: number;
}

export interface TokenCache<T> {
  /** The token in use, or a new one. Never remembers a failure. */
  get(signal: AbortSignal): Promise<T>;
  /** Takes the place of what is kept. */
  put(fetched: FetchedToken<T>): void;
  /** Forgets this one, which is no longer good, unless a newer one is here already. */
  drop(value: T): void;
}

/** Fetches a new token. @param signal of whoever asked first */
type FetchToken<T> = (signal: AbortSignal) => Promise<FetchedToken<T>>;

export function cacheToken<T>(clock: Clock, fetchToken: FetchToken<T>): TokenCache<T> {
  const state: CacheState<T> = { current: undefined, pending: undefined };
  return {
    get: (signal) => getToken(state, clock, fetchToken, signal),
    put: (fetched) => {
      state.current = fetched;
    },
    drop: (value) => {
      if (state.current?.value === value) state.current = undefined;
    },
  };
}

interface CacheState<T> {
  current: FetchedToken<T> | undefined;
  pending: Promise<FetchedToken<T>> | undefined;
}

async function getToken<T>(
  state: CacheState<T>,
  clock: Clock,
  fetchToken: FetchToken<T>,
  signal: AbortSignal,
): Promise<T> {
  if (state.current && clock() < state.current.until) return state.current.value;
  state.pending ??= renew(state, fetchToken, signal).finally(() => {
    state.pending = undefined;
  });
  try {
    return (await state.pending).value;
  } catch (error) {
    // Somebody else asked for what we share, and gave up; we have not.
    if (hasCode(error, "ERR_ABORTED") && !signal.aborted) return getToken(state, clock, fetchToken, signal);
    throw error;
  }
}

async function renew<T>(
  state: CacheState<T>,
  fetchToken: FetchToken<T>,
  signal: AbortSignal,
): Promise<FetchedToken<T>> {
  state.current = await fetchToken(signal);
  return state.current;
}
