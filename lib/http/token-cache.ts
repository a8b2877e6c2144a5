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

/** @param fetchToken gets the signal of whoever asked first */
export function cacheToken<T>(
  clock: Clock,
  fetchToken: (signal: AbortSignal) => Promise<FetchedToken<T>>,
): TokenCache<T> {
  let current: FetchedToken<T> | undefined;
  let pending: Promise<FetchedToken<T>> | undefined;

  async function renew(signal: AbortSignal): Promise<FetchedToken<T>> {
    current = await fetchToken(signal);
    return current;
  }

  async function get(signal: AbortSignal): Promise<T> {
    if (current && clock() < current.until) return current.value;
    pending ??= renew(signal).finally(() => {
      pending = undefined;
    });
    try {
      return (await pending).value;
    } catch (error) {
      // Somebody else asked for what we share, and gave up; we have not.
      if (hasCode(error, "ERR_ABORTED") && !signal.aborted) return get(signal);
      throw error;
    }
  }

  return {
    get,
    put: (fetched) => {
      current = fetched;
    },
    drop: (value) => {
      if (current?.value === value) current = undefined;
    },
  };
}
