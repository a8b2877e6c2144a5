/** Events on a schedule, and what each of them took from its arrival to the verified change. */
import { readLoad } from "../shared/stopwatch.ts";
import type { VendorCall } from "../shared/tenant-control.ts";
import { readCpuMs } from "./cpu.ts";
import { callOnSchedule } from "./schedule.ts";
import type { HandledEvent, Serving } from "./serving.ts";
import { type AccountEvent, newEvent } from "./webhook.ts";

export interface PlannedEvent {
  readonly subject: string;
  /** MFA is switched off just before. */
  readonly switchOff: boolean;
}

export interface MeasuredChanges {
  readonly latency: number;
  /** Milliseconds of each event from its scheduled arrival, and how many of them the vendor had a call. */
  readonly taken: readonly { readonly whole: number; readonly vendor: number }[];
  /** Events by outcome, or by what was done where there is none; `lost` if `serve` said nothing of it. */
  readonly ends: Readonly<Record<string, number>>;
  readonly callsAnEvent: number;
  /** Milliseconds an event. */
  readonly cpu: { readonly serve: number; readonly stack: number };
  /** Of the last minute. */
  readonly load: number | undefined;
}

interface SentEvent extends AccountEvent {
  readonly due: number;
}

export async function measureChanges(
  serving: Serving,
  plan: readonly PlannedEvent[],
  perSecond: number,
): Promise<MeasuredChanges> {
  const callsBefore = (await serving.listCalls()).length;
  const readCpu = startCpuCount(serving);
  const sent = await sendEvents(serving, plan, perSecond);
  const handled = await serving.waitForEvents(sent);
  const cpu = readCpu(plan.length);
  await assertCompliant(serving);
  const calls = (await serving.listCalls()).slice(callsBefore);
  return {
    latency: serving.latency,
    taken: sent.flatMap((event) => timeOf(event, handled.get(event.id), calls, serving.latency) ?? []),
    ends: countEnds(sent, handled),
    callsAnEvent: calls.length / plan.length,
    cpu,
    load: readLoad()[0],
  };
}

const sendEvents = (serving: Serving, plan: readonly PlannedEvent[], perSecond: number): Promise<SentEvent[]> =>
  callOnSchedule(plan.length, perSecond, async (i, due) => {
    const { subject, switchOff } = plan[i] ?? { subject: "", switchOff: false };
    const event = newEvent(subject);
    if (switchOff) await serving.switchMfaOff(subject);
    await serving.sendWebhook([event]);
    return { ...event, due };
  });

/** Answers a function that says how much CPU each event has needed since. */
function startCpuCount({ servePid, stackPid }: Serving): (events: number) => MeasuredChanges["cpu"] {
  const before = { serve: readCpuMs(servePid), stack: readCpuMs(stackPid) };
  return (events) => ({
    serve: (readCpuMs(servePid) - before.serve) / events,
    stack: (readCpuMs(stackPid) - before.stack) / events,
  });
}

/** Figures of changes that the ledger does not show would mean nothing. */
async function assertCompliant(serving: Serving): Promise<void> {
  const states = await serving.readStates();
  const wrong = serving.accounts.filter((id) => {
    const state = states.get(id);
    return state?.judgement.verdict !== "compliant" || state.claim;
  });
  if (wrong.length > 0) throw new Error(`The ledger does not show ${wrong.length} accounts as compliant`);
}

function timeOf(
  { subject, due }: SentEvent,
  handled: HandledEvent | undefined,
  calls: readonly VendorCall[],
  latency: number,
): MeasuredChanges["taken"][number] | undefined {
  if (!handled) return undefined;
  const ofSubject = calls.filter(({ user }) => user === subject);
  return { whole: handled.at - due, vendor: vendorTime(ofSubject, latency, { start: due, end: handled.at }) };
}

/** For how long in a span the vendor had at least one call, by the simulator's own log. */
function vendorTime(
  calls: readonly VendorCall[],
  latency: number,
  span: { readonly start: number; readonly end: number },
): number {
  let total = 0;
  let countedUntil = span.start;
  for (const call of calls) {
    const end = Math.min(span.end, call.at + latency);
    const start = Math.max(countedUntil, call.at);
    total += Math.max(0, end - start);
    countedUntil = Math.max(countedUntil, end);
  }
  return total;
}

function countEnds(sent: readonly SentEvent[], handled: ReadonlyMap<string, HandledEvent>): MeasuredChanges["ends"] {
  const ends: Record<string, number> = {};
  for (const { id } of sent) {
    const { outcome, did } = handled.get(id) ?? { did: "lost" };
    const end = outcome ?? did;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
}
