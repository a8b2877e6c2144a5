/** Rows of events: from a webhook's arrival to the verified change; then those of the ingest. */
import { fixed, listCounts, percentile } from "../shared/figures.ts";
import type { Row } from "../shared/table.ts";
import { type MeasuredChanges, measureChanges } from "./changes.ts";
import { measureIngest } from "./ingest.ts";
import { type Serving, withServing } from "./serving.ts";

/** Without the vendor's own. */
const MAX_P95_MS = 60;
const MAX_CALLS_AN_EVENT = 6;
const EVENTS_PER_SECOND = 20;
const EVENTS = 200;
/** In the row about one account, every so many events find it switched off. */
const EVENTS_PER_SWITCH_OFF = 20;
const VENDOR_LATENCIES_MS = [0, 20] as const;

export async function measureEvents(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const latency of VENDOR_LATENCIES_MS) rows.push(...(await withServing(EVENTS + 1, latency, measureServing)));
  return [...rows, ...(await measureIngest())];
}

async function measureServing(serving: Serving): Promise<Row[]> {
  const [one = "", ...others] = serving.accounts;
  const aboutAll = others.map((subject) => ({ subject, switchOff: true }));
  const rows = [changeRow(`${EVENTS} accounts`, await measureChanges(serving, aboutAll, EVENTS_PER_SECOND))];
  if (serving.latency === 0) return rows;
  const aboutOne = others.map((_, i) => ({ subject: one, switchOff: i % EVENTS_PER_SWITCH_OFF === 0 }));
  return [...rows, changeRow("one account", await measureChanges(serving, aboutOne, EVENTS_PER_SECOND))];
}

function changeRow(whom: string, measured: MeasuredChanges): Row {
  const { latency, taken, ends, callsAnEvent, cpu, load } = measured;
  const own = taken.map(({ whole, vendor }) => whole - vendor);
  const [p50, p95, most] = [percentile(own, 50), percentile(own, 95), Math.max(...own)];
  const wholeP95 = percentile(
    taken.map(({ whole }) => whole),
    95,
  );
  const vendorP50 = percentile(
    taken.map(({ vendor }) => vendor),
    50,
  );
  const schedule = `${EVENTS} events, ${EVENTS_PER_SECOND} a second, open loop`;
  const cpuText = `CPU an event ${fixed(cpu.serve, 0)} ms of serve, ${fixed(cpu.stack, 0)} ms of ledger and queue`;
  return {
    what: `event → verified change, ${whom}, vendor ${latency} ms`,
    target: `p95 ≤ ${MAX_P95_MS} ms + vendor's own, ≤ ${MAX_CALLS_AN_EVENT} vendor calls`,
    measured: `p95 ${fixed(p95, 0)} ms (p50 ${fixed(p50, 0)}, most ${fixed(most, 0)}), ${fixed(callsAnEvent, 1)} calls`,
    met: p95 <= MAX_P95_MS && taken.length === EVENTS && callsAnEvent <= MAX_CALLS_AN_EVENT,
    note: `with the vendor's ${fixed(vendorP50, 0)} ms: p95 ${fixed(wholeP95, 0)} ms; ${schedule}: ${listCounts(ends)}; ${cpuText}; load ${load}`,
    figures: { latency, p50, p95, most, wholeP95, ends, callsAnEvent, cpu, load, taken },
  };
}
