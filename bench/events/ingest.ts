/** Rows of the ingest alone: how long it takes to answer, and what memory it needs. */
import * as v from "valibot";
import { fixed, MIB, percentile, thousands } from "../shared/figures.ts";
import { DIRECTORY } from "../shared/policy.ts";
import { productFlags, startEndpoint } from "../shared/processes.ts";
import { readLoad } from "../shared/stopwatch.ts";
import { type Row, ratioRow } from "../shared/table.ts";
import type { IngestInput } from "./ingest-process.ts";
import { callOnSchedule, readClock } from "./schedule.ts";
import { withStack } from "./stack.ts";
import { newEvent, postWebhook, WEBHOOK_CREDENTIAL, webhookBody } from "./webhook.ts";

/** Against the queue's own time for the same messages. */
const MAX_RATIO = 2;
const MAX_MEMORY_RATIO = 1.1;
const CALLS = 200;
const CALLS_PER_SECOND = 10;
const EVENTS_A_CALL = 500;
/** Memory is read after so many calls, and after all of them. */
const EARLY_CALLS = 40;
const WARM_UP_CALLS = 10;

const figuresSchema = v.object({
  accepted: v.number(),
  rss: v.number(),
  heapUsed: v.number(),
  queueTimes: v.array(v.number()),
});
type Figures = v.InferOutput<typeof figuresSchema>;

export const measureIngest = (): Promise<Row[]> =>
  withStack(async ({ clients, queue }) => {
    const input: IngestInput = {
      sqs: clients.sqs,
      queue,
      directory: DIRECTORY,
      credential: WEBHOOK_CREDENTIAL,
    };
    const flags = [...productFlags(), "--expose-gc"];
    const { endpoint, stop } = await startEndpoint("bench/events/ingest-process.ts", input, flags);
    try {
      return await measureCalls(endpoint);
    } finally {
      await stop();
    }
  });

async function measureCalls(endpoint: string): Promise<Row[]> {
  const events = Array.from({ length: EVENTS_A_CALL }, () => newEvent(crypto.randomUUID()));
  const body = webhookBody(events, crypto.randomUUID());
  const post = () => postWebhook(`${endpoint}/hooks/${DIRECTORY}`, body);
  const readFigures = async () => v.parse(figuresSchema, await (await fetch(`${endpoint}/figures`)).json());
  await callInTurn(WARM_UP_CALLS, post);
  const warm = await readFigures();
  const firstTimes = await callInTurn(EARLY_CALLS, post);
  const early = await readFigures();
  const laterTimes = await callInTurn(CALLS - EARLY_CALLS, post);
  const late = await readFigures();
  const scheduledTimes = await callOnSchedule(CALLS, CALLS_PER_SECOND, async (_, due) => {
    await post();
    return readClock() - due;
  });
  const { queueTimes } = await readFigures();
  const inTurn = { calls: [...firstTimes, ...laterTimes], queue: [...early.queueTimes, ...late.queueTimes] };
  return [
    ingestRow("one after another", inTurn, body.length),
    ingestRow(`${CALLS_PER_SECOND} a second`, { calls: scheduledTimes, queue: queueTimes }, body.length),
    memoryRow(early, late, warm.accepted),
  ];
}

/** Answers the milliseconds of each call. */
async function callInTurn(count: number, call: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = readClock();
    await call();
    times.push(readClock() - startedAt);
  }
  return times;
}

/** In milliseconds. */
interface IngestTimes {
  readonly calls: readonly number[];
  readonly queue: readonly number[];
}

function ingestRow(how: string, { calls, queue }: IngestTimes, bytes: number): Row {
  const [p50, p99] = [percentile(calls, 50), percentile(calls, 99)];
  const [queueP50, queueP99] = [percentile(queue, 50), percentile(queue, 99)];
  const [load] = readLoad();
  return ratioRow({
    what: `ingest of ${EVENTS_A_CALL} events ÷ the queue's own time, p99, ${how}`,
    ratio: p99 / queueP99,
    maxRatio: MAX_RATIO,
    detail: `${fixed(p99, 1)} ms, p50 ${fixed(p50, 1)}`,
    note: `${calls.length} calls of ${fixed(bytes / 1000, 0)} kB; the queue p99 ${fixed(queueP99, 1)} ms (p50 ${fixed(queueP50, 1)}); load ${load}`,
    figures: { calls: calls.length, bytes, p50, p99, most: Math.max(...calls), queueP50, queueP99, load },
  });
}

/** @param warmUpEvents events that came in before those that count */
function memoryRow(early: Figures, late: Figures, warmUpEvents: number): Row {
  const rss = late.rss / early.rss;
  const heap = late.heapUsed / early.heapUsed;
  const [few, many] = [early.accepted - warmUpEvents, late.accepted - warmUpEvents];
  const mib = (bytes: number) => fixed(bytes / MIB, 1);
  return {
    what: `ingest memory, ${thousands(many)} ÷ ${thousands(few)} events`,
    target: `≤ ${MAX_MEMORY_RATIO} ×`,
    measured: `RSS ${fixed(rss)} ×, heap ${fixed(heap)} ×`,
    met: rss <= MAX_MEMORY_RATIO && heap <= MAX_MEMORY_RATIO,
    note: `RSS ${mib(early.rss)} and ${mib(late.rss)} MiB; heap without garbage ${mib(early.heapUsed)} and ${mib(late.heapUsed)} MiB`,
    figures: { events: [few, many], rss: [early.rss, late.rss], heapUsed: [early.heapUsed, late.heapUsed] },
  };
}
