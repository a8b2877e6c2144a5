/** Rows of events: from a webhook's arrival to the verified change; then those of the ingest. */

import { fixed, percentile, type Row } from "../table.ts";
import { measureIngest } from "./ingest.ts";
import { arrive, happened, load } from "./load.ts";
import { type Serving, startServing, type Told, type VendorCall } from "./serving.ts";

/** Milliseconds, without the vendor's own. */
const MOST_LATENCY = 100;
const PER_SECOND = 20;
const EVENTS = 200;
/** Of the row about one account: every so many events find it switched off. */
const OFF_EVERY = 20;
const LATENCIES = [0, 20] as const;

export async function measureEvents(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const latency of LATENCIES) {
    const serving = await startServing(EVENTS + 1, latency);
    try {
      const [one = "", ...others] = serving.accounts;
      const everybody = others.map((subject) => ({ subject, off: true }));
      const always = others.map((_, i) => ({ subject: one, off: i % OFF_EVERY === 0 }));
      rows.push(changeRow(`${EVENTS} accounts`, await measureChanges(serving, everybody)));
      if (latency > 0) rows.push(changeRow("one account", await measureChanges(serving, always)));
    } finally {
      await serving.stop();
    }
  }
  return [...rows, ...(await measureIngest())];
}

interface Step {
  readonly subject: string;
  /** The account is switched off just before. */
  readonly off: boolean;
}

interface Changes {
  readonly latency: number;
  /** Milliseconds of each event from its scheduled arrival, and how many of them the vendor had a call. */
  readonly taken: readonly { readonly whole: number; readonly vendor: number }[];
  /** By outcome, or by what was done where there is none; `lost` were not told of. */
  readonly ends: Readonly<Record<string, number>>;
  readonly callsAnEvent: number;
  /** Milliseconds an event. */
  readonly cpu: { readonly serve: number; readonly stack: number };
  readonly load: number;
}

async function measureChanges(serving: Serving, steps: readonly Step[]): Promise<Changes> {
  const before = (await serving.calls()).length;
  const used = serving.cpu();
  const sent = await arrive(steps.length, PER_SECOND, async (i, due) => {
    const { subject, off } = steps[i] ?? { subject: "", off: false };
    const event = happened(subject);
    if (off) await serving.switchOff(subject);
    await serving.announce([event]);
    return { ...event, due };
  });
  const told = await serving.told(sent);
  const cpu = cpuAnEvent(used, serving.cpu(), steps.length);
  await verify(serving);
  const calls = (await serving.calls()).slice(before);
  const taken = sent.flatMap(({ id, subject, due }) => {
    const at = told.get(id)?.at;
    if (at === undefined) return [];
    return { whole: at - due, vendor: vendorTime(calls, serving.latency, subject, due, at) };
  });
  const ends = Object.groupBy(sent, ({ id }) => endOf(told.get(id)));
  const counts = Object.entries(ends).map(([name, events = []]) => [name, events.length]);
  const callsAnEvent = calls.length / steps.length;
  return { latency: serving.latency, taken, ends: Object.fromEntries(counts), callsAnEvent, cpu, load: load() };
}

const endOf = (told: Told | undefined): string => told?.outcome ?? told?.did ?? "lost";

function cpuAnEvent(before: Cpu, after: Cpu, events: number): Changes["cpu"] {
  const each = (name: keyof Cpu) => ((after[name] ?? Number.NaN) - (before[name] ?? Number.NaN)) / events;
  return { serve: each("serve"), stack: each("stack") };
}
type Cpu = ReturnType<Serving["cpu"]>;

/** Figures of changes that the ledger does not show would mean nothing. */
async function verify(serving: Serving): Promise<void> {
  const states = await serving.states();
  const wrong = serving.accounts.filter((id) => {
    const state = states.get(id);
    return state?.judgement.verdict !== "compliant" || state.claim;
  });
  if (wrong.length > 0) throw new Error(`The ledger does not show ${wrong.length} accounts as compliant`);
}

/** For how long between two moments the vendor had at least one call about the account, by the simulator's own log. */
function vendorTime(calls: readonly VendorCall[], latency: number, user: string, from: number, to: number): number {
  let sum = 0;
  let counted = from;
  for (const call of calls) {
    if (call.user !== user) continue;
    const end = Math.min(to, call.at + latency);
    const start = Math.max(counted, call.at);
    sum += Math.max(0, end - start);
    counted = Math.max(counted, end);
  }
  return sum;
}

function changeRow(whom: string, { latency, taken, ends, callsAnEvent, cpu, load }: Changes): Row {
  const own = taken.map(({ whole, vendor }) => whole - vendor);
  const whole = taken.map((one) => one.whole);
  const vendor = taken.map((one) => one.vendor);
  const [p50, p95, most] = [percentile(own, 50), percentile(own, 95), Math.max(...own)];
  const ended = Object.entries(ends).map(([name, count]) => `${count} ${name}`);
  return {
    what: `event → verified change, ${whom}, vendor ${latency} ms`,
    target: `p95 ≤ ${MOST_LATENCY} ms + vendor's own`,
    measured: `p95 ${fixed(p95, 0)} ms (p50 ${fixed(p50, 0)}, most ${fixed(most, 0)})`,
    met: p95 <= MOST_LATENCY && taken.length === EVENTS,
    note: `with the vendor's ${fixed(percentile(vendor, 50), 0)} ms: p95 ${fixed(percentile(whole, 95), 0)} ms; ${EVENTS} events, ${PER_SECOND} a second, open loop: ${ended.join(", ")}; ${fixed(callsAnEvent, 1)} vendor calls each; CPU an event ${fixed(cpu.serve, 0)} ms of serve, ${fixed(cpu.stack, 0)} ms of ledger and queue; load ${load}`,
    figures: { latency, p50, p95, most, wholeP95: percentile(whole, 95), ends, callsAnEvent, cpu, load, taken },
  };
}
