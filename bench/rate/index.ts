/** Rows of the rate: how much of what a vendor takes is used, and how much it refuses, once a minute has taught us its limit. */
import { setTimeout as wait } from "node:timers/promises";
import * as v from "valibot";
import { httpClient } from "../../lib/http/index.ts";
import { fixed, thousands } from "../shared/figures.ts";
import { startEndpoint } from "../shared/processes.ts";
import type { Row } from "../shared/table.ts";

/** Of the vendor, for each way by itself. */
const RATE = 50;
const CALLERS = 16;
const LEARNING_MS = 60_000;
const RETRY_MS = 1_000;
const COUNTED_MS = 120_000;
const MIN_USED = 0.95;
const MAX_REFUSED = 0.01;

interface Way {
  readonly what: string;
  readonly path: string;
  /** How many addresses share it. */
  readonly addresses: number;
}

const ADDRESSES = 2;
const WAYS: readonly Way[] = [
  { what: "Retry-After", path: "/retry-after", addresses: 1 },
  { what: "the end of its minute, by a clock 5 minutes ahead", path: "/minute", addresses: 1 },
  { what: "nothing", path: "/silent", addresses: 1 },
  { what: `a share for each of ${ADDRESSES} addresses`, path: "/address", addresses: ADDRESSES },
];

/** All ways side by side: each has a limit of its own. */
export async function measureRate(): Promise<Row[]> {
  const { endpoint, stop } = await startEndpoint(
    "bench/rate/limited-vendor-process.ts",
    { rate: RATE, addresses: ADDRESSES },
    [],
  );
  try {
    return await Promise.all(WAYS.map((way) => measureWay(endpoint, way)));
  } finally {
    await stop();
  }
}

interface Count {
  taken: number;
  refused: number;
}

async function measureWay(endpoint: string, { what, path, addresses }: Way): Promise<Row> {
  const ended = new AbortController();
  const count: Count = { taken: 0, refused: 0 };
  const callers = Array.from({ length: addresses }, (_, i) =>
    callAlways(`${endpoint}${path}`, `address-${i}`, count, ended.signal),
  );
  await wait(LEARNING_MS);
  const first = { ...count };
  const startedAt = performance.now();
  await wait(COUNTED_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const taken = count.taken - first.taken;
  const refused = count.refused - first.refused;
  ended.abort();
  await Promise.all(callers);
  const used = taken / (RATE * seconds);
  const refusedShare = refused / (taken + refused);
  return {
    what: `rate of a vendor that says ${what}`,
    target: `≥ ${MIN_USED * 100} % used, ≤ ${MAX_REFUSED * 100} % refused`,
    measured: `${fixed(used * 100, 1)} % used, ${fixed(refusedShare * 100)} % refused`,
    met: used >= MIN_USED && refusedShare <= MAX_REFUSED,
    note: `it takes ${RATE} a second; ${thousands(taken)} taken and ${refused} refused in ${fixed(seconds, 0)} s, after a minute with ${thousands(first.taken)} and ${first.refused}`,
    figures: { rate: RATE, seconds, taken, refused, first },
  };
}

/** One process at one address, whose callers always have something to ask. */
async function callAlways(url: string, address: string, count: Count, signal: AbortSignal): Promise<void> {
  const countedFetch: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (answer.status === 429) count.refused += 1;
    else count.taken += 1;
    return answer;
  };
  const http = httpClient({ directory: "bench", fetch: countedFetch, clock: Date.now, origins: [] });
  const request = {
    method: "GET",
    url,
    path: "/",
    headers: { "x-address": address },
    schema: v.unknown(),
    signal,
  } as const;
  const call = async () => {
    // A vendor that said to come back later is left alone, as a step that failed leaves it alone.
    while (!signal.aborted) await http.call(request).catch(() => wait(RETRY_MS));
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
}
