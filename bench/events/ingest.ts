/** Rows of the ingest alone: how long it takes to answer, and what memory it needs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { joinStack } from "../../cli/state/stack.ts";
import { productFlags, startServer } from "../children.ts";
import { fixed, percentile, type Row, thousands } from "../table.ts";
import { arrive, bodyOf, type HookTo, happened, load, now, post } from "./load.ts";
import { CREDENTIAL } from "./serving.ts";

const MOST_INGEST = 20;
const MOST_GROWTH = 1.1;
const CALLS = 200;
const CALLS_PER_SECOND = 10;
const EVENTS_A_CALL = 500;
const CALLS_BEFORE = 40;
const WARM_UP_CALLS = 10;

const saidSchema = v.object({ endpoint: v.string() });
const figuresSchema = v.object({
  accepted: v.number(),
  rss: v.number(),
  heapUsed: v.number(),
  queued: v.array(v.number()),
});
type Figures = v.InferOutput<typeof figuresSchema>;

export async function measureIngest(): Promise<Row[]> {
  const state = mkdtempSync(join(tmpdir(), "warden-bench-"));
  const stack = await joinStack(state, AbortSignal.timeout(30_000));
  const order = {
    endpoint: stack.endpoints.sqs,
    queue: stack.queue,
    directory: "workforce",
    credential: CREDENTIAL,
  };
  const child = await startServer(
    "bench/events/ingest-process.ts",
    [JSON.stringify(order)],
    [...productFlags(), "--expose-gc"],
  );
  try {
    return await measureCalls(v.parse(saidSchema, child.said).endpoint);
  } finally {
    await child.stop();
    await stack.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

async function measureCalls(endpoint: string): Promise<Row[]> {
  const hook: HookTo = { url: `${endpoint}/hooks/workforce`, authorization: CREDENTIAL };
  const events = Array.from({ length: EVENTS_A_CALL }, () => happened(crypto.randomUUID()));
  const body = bodyOf(events, crypto.randomUUID());
  const figures = async () => v.parse(figuresSchema, await (await fetch(`${endpoint}/figures`)).json());
  const inTurn = (count: number) => oneByOne(count, () => post(hook, body));
  await inTurn(WARM_UP_CALLS);
  const warm = await figures();
  const first = await inTurn(CALLS_BEFORE);
  const early = await figures();
  const rest = await inTurn(CALLS - CALLS_BEFORE);
  const late = await figures();
  const paced = await arrive(CALLS, CALLS_PER_SECOND, async (_, due) => {
    await post(hook, body);
    return now() - due;
  });
  const end = await figures();
  return [
    ingestRow("one after another", [...first, ...rest], [...early.queued, ...late.queued], body.length),
    ingestRow(`${CALLS_PER_SECOND} a second`, paced, end.queued, body.length),
    memoryRow(early, late, warm.accepted),
  ];
}

async function oneByOne(count: number, call: () => Promise<void>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = now();
    await call();
    taken.push(now() - started);
  }
  return taken;
}

function ingestRow(how: string, taken: readonly number[], queued: readonly number[], bytes: number): Row {
  const [p50, p99] = [percentile(taken, 50), percentile(taken, 99)];
  const [queueP50, queueP99] = [percentile(queued, 50), percentile(queued, 99)];
  return {
    what: `ingest of ${EVENTS_A_CALL} events, ${how}`,
    target: `p99 ≤ ${MOST_INGEST} ms`,
    measured: `p99 ${fixed(p99, 1)} ms (p50 ${fixed(p50, 1)})`,
    met: p99 <= MOST_INGEST,
    note: `${taken.length} calls of ${fixed(bytes / 1000, 0)} kB; of that the queue p99 ${fixed(queueP99, 1)} ms (p50 ${fixed(queueP50, 1)}); load ${load()}`,
    figures: { calls: taken.length, bytes, p50, p99, most: Math.max(...taken), queueP50, queueP99, load: load() },
  };
}

/** @param before events that came in before those that count */
function memoryRow(early: Figures, late: Figures, before: number): Row {
  const rss = late.rss / early.rss;
  const heap = late.heapUsed / early.heapUsed;
  const [few, many] = [early.accepted - before, late.accepted - before];
  const mib = (bytes: number) => fixed(bytes / 2 ** 20, 1);
  return {
    what: `ingest memory, ${thousands(many)} ÷ ${thousands(few)} events`,
    target: `≤ ${MOST_GROWTH} ×`,
    measured: `RSS ${fixed(rss)} ×, heap ${fixed(heap)} ×`,
    met: rss <= MOST_GROWTH && heap <= MOST_GROWTH,
    note: `RSS ${mib(early.rss)} and ${mib(late.rss)} MiB; heap without garbage ${mib(early.heapUsed)} and ${mib(late.heapUsed)} MiB`,
    figures: { events: [few, many], rss: [early.rss, late.rss], heapUsed: [early.heapUsed, late.heapUsed] },
  };
}
