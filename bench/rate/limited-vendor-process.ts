/** A vendor that takes so many requests a second, and says so in four ways: by Retry-After, by the end of its minute on a clock that is wrong, not at all, and a share for each address. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import * as v from "valibot";
import { readInput, serveOnLoopback } from "../shared/child.ts";

const ADDRESS_HEADER = "x-address";

const LATENCY_MS = 20;
const MINUTE_MS = 60_000;
/** Its clock is so much ahead of everybody else's. */
const SKEW_MS = 5 * MINUTE_MS;

const { rate, addresses } = readInput(v.object({ rate: v.number(), addresses: v.number() }));
const vendorClock = () => Date.now() + SKEW_MS;

/** Headers of a refusal; `undefined` takes the request. */
type Limit = (address: string) => Record<string, string> | undefined;

/** A second's worth at most, filled as time goes by. */
function tokenBucket(perSecond: number): () => boolean {
  let tokens = perSecond;
  let filledAt = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(perSecond, tokens + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

function limitBySecond(refusal: Record<string, string>): Limit {
  const take = tokenBucket(rate);
  return () => (take() ? undefined : refusal);
}

function limitByMinute(): Limit {
  let minute = 0;
  let taken = 0;
  return () => {
    const now = Math.floor(vendorClock() / MINUTE_MS);
    if (now !== minute) taken = 0;
    minute = now;
    if (taken < rate * 60) {
      taken += 1;
      return undefined;
    }
    return { "x-rate-limit-reset": String((minute + 1) * 60) };
  };
}

function limitByAddress(): Limit {
  const buckets = new Map<string, () => boolean>();
  return (address) => {
    const take = buckets.get(address) ?? tokenBucket(rate / addresses);
    buckets.set(address, take);
    return take() ? undefined : { "retry-after": "1" };
  };
}

const LIMITS: Readonly<Record<string, Limit>> = {
  "/retry-after": limitBySecond({ "retry-after": "1" }),
  "/minute": limitByMinute(),
  "/silent": limitBySecond({}),
  "/address": limitByAddress(),
};

await serveOnLoopback((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refusal = LIMITS[request.url ?? ""]?.(String(request.headers[ADDRESS_HEADER]));
  await wait(LATENCY_MS);
  const headers = { "content-type": "application/json", date: new Date(vendorClock()).toUTCString() };
  response.writeHead(refusal ? 429 : 200, { ...headers, ...refusal }).end("{}");
}
