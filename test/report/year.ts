/**
 * A year of daily sweeps over a made-up tenant, seeded: joiners, leavers, relapses, people who help themselves, people whom
 * nobody can help, exemptions, days on which the listing was short, events in the afternoon. The sweeps and the events are the
 * product's own; what really happened is written down beside them by plain rules.
 */

import { omitUndefined, type Verdict } from "../../lib/model/index.ts";
import type { ReportPorts } from "../../lib/report/data/index.ts";
import { seededRandom } from "./sample.ts";
import {
  type Account,
  changePeopleDaily,
  DAY_MS,
  eventSubjects,
  FIRST,
  judge,
  type Verdicts,
  verdictsOf,
} from "./year-people.ts";
import { buildWorld } from "./year-world.ts";

/** A sweep as it must have gone. */
export interface Swept {
  readonly run: string;
  readonly day: number;
  readonly whole: boolean;
  readonly read: Verdicts;
  /** With its changes. */
  readonly after: Verdicts;
  /** Whom events did change since the sweep before. */
  readonly enforcedByEvent: ReadonlySet<string>;
}

/** What was known at the end of a day. */
export interface DayEnd {
  /** The latest verdict that anything saw, of everybody ever seen. */
  readonly known: Verdicts;
  readonly gone: ReadonlySet<string>;
  /** Whom events tried to change after the last whole sweep. */
  readonly changedByEvent: ReadonlySet<string>;
  /** The last whole sweep. */
  readonly basis?: Swept;
}

export interface Year {
  readonly ports: ReportPorts;
  readonly sweeps: readonly Swept[];
  readonly ends: readonly DayEnd[];
}

/** Lives the days one after the other: people change in the morning, then events, the sweep at half past six, events at three. */
export async function liveYear(seed: number, days = 365): Promise<Year> {
  const random = seededRandom(seed);
  const time = { now: FIRST };
  const clock = () => time.now++;
  const accounts = new Map<string, Account>();
  const world = await buildWorld(accounts, clock);
  const changePeople = changePeopleDaily(accounts, random, clock);
  const record = keepRecord(accounts);
  const handleEvents = async (ids: readonly string[]) => {
    for (const id of ids) {
      const before = record.judge(id, time.now);
      await world.event(id);
      record.eventHandled(id, before, time.now);
    }
  };
  for (let day = 0; day < days; day++) {
    time.now = momentOf(day, 5);
    changePeople(day);
    time.now = momentOf(day, 6);
    if (day > 0) await handleEvents(eventSubjects(accounts, random, day * 2));
    time.now = momentOf(day, 6.5);
    const whole = day === 0 || random() > 0.08;
    const read = verdictsOf(accounts, time.now);
    const run = await world.sweep(whole);
    record.swept({ run, day, whole, read, after: whole ? verdictsOf(accounts, time.now) : read });
    time.now = momentOf(day, 15);
    await handleEvents(eventSubjects(accounts, random, day * 2 + 1));
    record.dayEnded();
  }
  time.now = FIRST + days * DAY_MS;
  return { ports: world.ports, sweeps: record.sweeps, ends: record.ends };
}

const momentOf = (day: number, hour: number): number => FIRST + day * DAY_MS + hour * 3_600_000;

/** Writes down what really happened, by plain rules. */
function keepRecord(accounts: ReadonlyMap<string, Account>) {
  const [sweeps, ends]: [Swept[], DayEnd[]] = [[], []];
  const known = new Map<string, Verdict>();
  const gone = new Set<string>();
  let changedByEvent = new Set<string>();
  let enforcedByEvent = new Set<string>();
  const judgeNow = (id: string, now: number): Verdict | undefined => {
    const account = accounts.get(id);
    return account && judge(id, account, now);
  };
  const learn = (id: string, verdict: Verdict) => {
    known.set(id, verdict);
    gone.delete(id);
  };
  return {
    sweeps,
    ends,
    judge: judgeNow,
    /** @param before the verdict on the account before the event; absent: it is gone */
    eventHandled(id: string, before: Verdict | undefined, now: number): void {
      const verdict = judgeNow(id, now);
      if (verdict) learn(id, verdict);
      else if (known.has(id)) gone.add(id);
      if (before !== "violating") return;
      changedByEvent.add(id);
      if (!accounts.get(id)?.refusesChanges) enforcedByEvent.add(id);
    },
    swept(sweep: Omit<Swept, "enforcedByEvent">): void {
      for (const [id, verdict] of sweep.after) learn(id, verdict);
      sweeps.push({ ...sweep, enforcedByEvent });
      enforcedByEvent = new Set();
      if (!sweep.whole) return;
      for (const id of known.keys()) if (!accounts.has(id)) gone.add(id);
      changedByEvent = new Set();
    },
    dayEnded(): void {
      const basis = sweeps.findLast(({ whole }) => whole);
      ends.push({
        known: new Map(known),
        gone: new Set(gone),
        changedByEvent: new Set(changedByEvent),
        ...omitUndefined({ basis }),
      });
    },
  };
}
