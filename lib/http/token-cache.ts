/** Something that ends after a while, fetched when it is needed and shared by everybody who asks meanwhile. */

import { WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";

export interface FetchedToken<T> {
  readonly value: T;
  /** When it is no longer used, by our clock; epoch ms. */
  readonly until: number;
}

export interface TokenCache<T> {
  /** Never remembers a failure. */
  get(signal: AbortSignal): Promise<T>;
  /** Takes the place of what is kept. */
  put(fetched: FetchedToken<T>): void;
  /** Forgets this one, which is no longer good, unless a newer one is here already. */
  drop(value: T): void;
}

/** @param request fetches a new one; its signal is that of whoever asked first */
export function cacheToken<T>(clock: Clock, request: (signal: AbortSignal) => Promise<FetchedToken<T>>): TokenCache<T> {
  let current: FetchedToken<T> | undefined;
  let pending: Promise<FetchedToken<T>> | undefined;

  async function get(signal: AbortSignal): Promise<T> {
    if (current && clock() < current.until) return current.value;
    pending ??= request(signal)
      .then((fetched) => {
        current = fetched;
        return fetched;
      })
      .finally(() => {
        pending = undefined;
      });
    try {
      return (await pending).value;
    } catch (error) {
      // Somebody else asked for what we share, and gave up; we have not.
      if (error instanceof WardenError && error.code === "ERR_ABORTED" && !signal.aborted) return get(signal);
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
