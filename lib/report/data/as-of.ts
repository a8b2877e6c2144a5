/**
 * How things stood at the end of a past day, rebuilt from the history: of each directory the last sweep until then that read
 * everybody, with the outcomes of its changes, and on top of it whatever the history of these accounts has seen afterwards. Of
 * somebody whom no sweep had met yet only a change that an event made is known.
 */

import { mapConcurrently } from "../../concurrency.ts";
import { WardenError } from "../../errors.ts";
import type { Change, HistoryEvent, Ledger, Problem, RunRecord } from "../../model/index.ts";
import { dayAfter, dayStarts, isDay } from "../../policy/index.ts";
import { type Rest, restsAt, restText, runsUntil } from "./basis.ts";
import type { Gathered } from "./gather.ts";
import type { ReportHead, ReportPorts, ReportRow } from "./model.ts";
import { readPolicy } from "./policy.ts";
import { rowsOf } from "./rows.ts";
import { trendOf } from "./trend.ts";

export interface AsOfPorts extends ReportPorts {
  readonly ledger: ReportPorts["ledger"] & Pick<Ledger, "listEventChanges">;
}

export interface AsOf extends Gathered {
  /** In the order of the policy; `restText` says each in a sentence. */
  readonly rests: readonly Rest[];
}

/**
 * The end of a day in a time zone, or now while that day lasts; milliseconds since 1970.
 * Throws `ERR_INPUT_INVALID` for what is no day, or has not begun.
 */
export function momentOf(day: string, timezone: string, now: number): number {
  if (!isDay(day))
    throw new WardenError("ERR_INPUT_INVALID", `"${day.slice(0, 40)}" is no day; write it like 2026-10-01.`);
  const starts = dayStarts(timezone);
  if (starts(day) > now)
    throw new WardenError("ERR_INPUT_INVALID", `${day} has not begun yet; ask for a day that has, or for a run.`);
  return Math.min(starts(dayAfter(day)), now);
}

/** Of the policy that the newest run kept; UTC where none was. */
export async function timezoneOf({ ledger, evidence }: Pick<ReportPorts, "ledger" | "evidence">): Promise<string> {
  const [newest] = await ledger.listRuns(1);
  const policy = newest && (await readPolicy(evidence, newest.policy));
  return policy?.timezone ?? "UTC";
}

/**
 * What a report as of a day is made from. @param day whole, in the policy's time zone: 2026-10-01
 * Throws `ERR_INPUT_INVALID`, `ERR_RUN_UNKNOWN` (before the first sweep that read everybody), `ERR_EVIDENCE_ALTERED`.
 */
export async function gatherAsOf(ports: AsOfPorts, day: string): Promise<AsOf> {
  const moment = momentOf(day, await timezoneOf(ports), ports.clock());
  const runs = await runsUntil(ports.ledger, moment);
  const newest = runs.find(({ directories }) => directories.length > 0);
  if (!newest) throw tooEarly(day);
  const policy = await readPolicy(ports.evidence, newest.policy);
  const wanted = policy?.directories.map(({ id }) => id) ?? newest.directories;
  const found = await restsAt(ports, runs, wanted, moment);
  const rests = wanted.flatMap((id) => found.get(id) ?? []);
  const record = runs.find(({ run }) => rests.some((rest) => rest.record.run === run));
  if (!record) throw tooEarly(day);
  return {
    head: { ...headOf(record, rests, wanted, moment, ports.clock()), day, rests: rests.map(restText) },
    ...{ sources: rests, rests },
    trend: await trendOf(ports.ledger, record),
    ...(policy ? { policy } : {}),
    rows: (signal) => rowsAt(ports, rests, moment, signal),
  };
}

const tooEarly = (day: string) =>
  new WardenError("ERR_RUN_UNKNOWN", `No sweep had read everybody by the end of ${day}: nothing is known of that day.`);

function headOf(
  record: RunRecord,
  rests: readonly Rest[],
  wanted: readonly string[],
  moment: number,
  now: number,
): ReportHead {
  const { run, mode, origin, policy, code, startedAt } = record;
  const iso = (at: number) => new Date(at).toISOString();
  const lacking = wanted.filter((id) => !rests.some((rest) => rest.record.id === id));
  const ended = rests.filter((rest) => rest.record.run === run).map(({ manifest }) => manifest.endedAt);
  return {
    ...{ run, mode, origin, policy, code, startedAt },
    status: lacking.length === 0 ? "completed" : "incomplete",
    ...(ended.length > 0 ? { endedAt: ended.toSorted().at(-1) ?? "" } : {}),
    ...{ madeAt: iso(now), asOf: iso(moment) },
    directories: rests.map((rest) => rest.record),
    incomplete: lacking.map(
      (directory): Problem => ({
        ...{ code: "ERR_RUN_UNKNOWN", directory },
        message: `No sweep had read everybody of ${directory} by ${iso(moment)}: nothing is said of its accounts.`,
      }),
    ),
  };
}

async function* rowsAt(
  ports: AsOfPorts,
  rests: readonly Rest[],
  moment: number,
  signal: AbortSignal,
): AsyncGenerator<readonly ReportRow[]> {
  for (const rest of rests) {
    const joiners = await changedOf(ports, rest, moment, signal);
    for await (const rows of rowsOf(ports, [rest], signal)) {
      for (const { id } of rows) joiners.delete(id);
      yield await brought(ports, rest, rows, moment);
    }
    const found = await mapConcurrently([...joiners.values()], AT_ONCE, async (change) => {
      const later = await laterOf(ports, rest, change.id, moment);
      return later && joined(rest, change, later);
    });
    const added = found.flatMap((row) => row ?? []);
    if (added.length > 0) yield added;
  }
}

/** Rows as they were at the moment: the ledger is asked of everybody who something happened to after the sweep. */
async function brought(
  { ledger }: AsOfPorts,
  rest: Rest,
  rows: readonly ReportRow[],
  moment: number,
): Promise<readonly ReportRow[]> {
  const states = await ledger.readStates(
    rest.record.id,
    rows.map(({ id }) => id),
  );
  const moved = rows.filter((row) => {
    const event = states.get(row.id)?.event;
    return event !== undefined && event.run !== rest.record.run && event.at > seenAt(row);
  });
  if (moved.length === 0) return rows;
  const found = await mapConcurrently(moved, AT_ONCE, async (row) => {
    const later = await laterOf({ ledger }, rest, row.id, moment);
    return [row.id, later && takeIn(row, later)] as const;
  });
  const taken = new Map(found);
  return rows.flatMap((row) => taken.get(row.id) ?? [row]);
}

const seenAt = ({ outcomeAt, observedAt }: ReportRow): string => outcomeAt ?? observedAt;

/** A subject as the history has it at the moment. */
interface Later {
  /** Until the moment, oldest first; never empty. */
  readonly events: readonly HistoryEvent[];
  readonly last: HistoryEvent;
}

const AT_ONCE = 16;
const HOUR_MS = 3_600_000;

/** Whom events changed between the sweep and the moment. */
async function changedOf(
  { ledger }: AsOfPorts,
  { record, manifest }: Rest,
  moment: number,
  signal: AbortSignal,
): Promise<Map<string, Change>> {
  const changes = new Map<string, Change>();
  await mapConcurrently(hoursBetween(Date.parse(manifest.startedAt), moment), AT_ONCE, async (hour) => {
    signal.throwIfAborted();
    for await (const some of ledger.listEventChanges(record.id, hour)) for (const one of some) changes.set(one.id, one);
  });
  return changes;
}

/** `undefined`: nothing had happened to it until the moment but what the sweep itself saw and did. */
async function laterOf(
  { ledger }: Pick<AsOfPorts, "ledger">,
  { record }: Rest,
  id: string,
  moment: number,
): Promise<Later | undefined> {
  const events = eventsUntil((await ledger.readHistory(record.id, id)).events, moment);
  const last = events.at(-1);
  return last && last.run !== record.run ? { events, last } : undefined;
}

function hoursBetween(from: number, to: number): string[] {
  const first = Math.floor(from / HOUR_MS);
  const count = Math.max(0, Math.ceil(to / HOUR_MS) - first);
  return Array.from({ length: count }, (_, i) => new Date((first + i) * HOUR_MS).toISOString().slice(0, 13));
}

const eventsUntil = (events: readonly HistoryEvent[], moment: number): HistoryEvent[] =>
  events.filter(({ at }) => Date.parse(at) < moment);

/** Nobody when it was gone by then. */
function takeIn(row: ReportRow, later: Later): ReportRow[] {
  const { last } = later;
  if (last.at <= seenAt(row)) return [row];
  return last.kind === "departed" ? [] : [{ ...base(row), ...told(later) }];
}

/** What no later event changes. */
const base = ({ directory, vendor, kind, id, username, custodial }: ReportRow) => ({
  ...{ directory, vendor, kind, id, username },
  ...(custodial ? { custodial } : {}),
});

/** Somebody whom no sweep had met, but an event had. */
function joined({ record, manifest }: Rest, { id, username }: Change, later: Later): ReportRow | undefined {
  const { last } = later;
  if (last.kind === "departed" || last.at <= manifest.startedAt) return undefined;
  return { directory: record.id, vendor: record.vendor, kind: "account", id, username, ...told(later) };
}

function told({ events, last }: Later) {
  const { verdict, why, rule, requirement, exemption, facts, at, outcome, was } = last;
  return {
    ...{ verdict, read: outcome === undefined ? verdict : (was ?? verdict), why, facts, observedAt: at },
    since: sinceOf(events, verdict),
    ...(rule === undefined ? {} : { rule }),
    ...(requirement === undefined ? {} : { requirement }),
    ...(exemption === undefined ? {} : { exemption }),
    ...(outcome === undefined ? {} : { outcome, outcomeAt: at }),
  };
}

/** When the last of these verdicts began. */
function sinceOf(events: readonly HistoryEvent[], verdict: HistoryEvent["verdict"]): string {
  const before = events.findLastIndex((event) => event.verdict !== verdict || event.kind === "departed");
  return events[before + 1]?.at ?? events.at(-1)?.at ?? "";
}

/** One account at a moment, whatever saw it: sweeps, whole or not, and events. */
export interface SubjectAsOf {
  readonly directory: string;
  readonly id: string;
  /** As it is called now. */
  readonly username?: string;
  /** ISO 8601. */
  readonly moment: string;
  /** The last until then; absent: nobody here had seen it yet. */
  readonly last?: HistoryEvent;
  /** Since when it had the verdict of `last`; ISO 8601. */
  readonly since?: string;
  /** It was gone. */
  readonly departed: boolean;
  /** The last sweep of its directory that read everybody; absent: there had been none. */
  readonly rest?: Rest;
}

/** @param moment milliseconds since 1970; `momentOf` makes it from a day. Throws `ERR_EVIDENCE_ALTERED`. */
export async function subjectAsOf(
  ports: Pick<ReportPorts, "ledger" | "evidence">,
  directory: string,
  id: string,
  moment: number,
): Promise<SubjectAsOf> {
  const [{ state, events: all }, runs] = await Promise.all([
    ports.ledger.readHistory(directory, id),
    runsUntil(ports.ledger, moment),
  ]);
  const rest = (await restsAt(ports, runs, [directory], moment)).get(directory);
  const events = eventsUntil(all, moment);
  const last = events.at(-1);
  return {
    ...{ directory, id, moment: new Date(moment).toISOString(), departed: last?.kind === "departed" },
    ...(state ? { username: state.username } : {}),
    ...(last ? { last, since: sinceOf(events, last.verdict) } : {}),
    ...(rest ? { rest } : {}),
  };
}
