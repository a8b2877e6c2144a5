/** The simulated org's rate limits: a bucket a minute for each kind of call, told in every answer. https://developer.okta.com/docs/reference/rl-global-mgmt/ */

import type { Answer } from "../shared/answers.ts";
import { answerError } from "./answers.ts";

const WINDOW_MS = 60_000;

interface Bucket {
  endsAt: number;
  used: number;
}

export interface RateLimits {
  /** Calls of a kind in a minute, by route; a test may change them. Kinds that are not there have no limit. */
  readonly perMinute: Map<string, number>;
  /** What other apps of the org use of the minute that is running. */
  useUp(route: string, calls: number): void;
  /** The answer with what is left of its bucket, or the refusal in its place. */
  limit(route: string, answer: () => Promise<Answer>): Promise<Answer>;
}

export function createRateLimits(now: () => number): RateLimits {
  const perMinute = new Map<string, number>();
  const buckets = new Map<string, Bucket>();
  const bucketOf = (route: string): Bucket => {
    const known = buckets.get(route);
    if (known && now() < known.endsAt) return known;
    const fresh = { endsAt: now() + WINDOW_MS, used: 0 };
    buckets.set(route, fresh);
    return fresh;
  };
  return {
    perMinute,
    useUp: (route, calls) => {
      bucketOf(route).used += calls;
    },
    limit: async (route, answer) => {
      const most = perMinute.get(route);
      if (most === undefined) return answer();
      const bucket = bucketOf(route);
      bucket.used += 1;
      const headers = {
        "x-rate-limit-limit": `${most}`,
        "x-rate-limit-remaining": `${Math.max(0, most - bucket.used)}`,
        "x-rate-limit-reset": `${Math.floor(bucket.endsAt / 1000)}`,
        date: new Date(now()).toUTCString(),
      };
      const given = bucket.used > most ? answerError(429) : await answer();
      return { ...given, headers: { ...given.headers, ...headers } };
    },
  };
}
