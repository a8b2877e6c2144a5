/** A schedule that nobody's slowness moves. */
import { setTimeout as wait } from "node:timers/promises";

const HEAD_START_MS = 100;

/** Milliseconds since 1970, in fractions: what processes of one machine agree on. */
export const readClock = (): number => performance.timeOrigin + performance.now();

/** Open loop: begins each call when it is due, however many are still under way. @param call gets the time by `readClock` at which it is due */
export async function callOnSchedule<T>(
  count: number,
  perSecond: number,
  call: (index: number, due: number) => Promise<T>,
): Promise<T[]> {
  const start = readClock() + HEAD_START_MS;
  const calls: Promise<T>[] = [];
  for (let i = 0; i < count; i++) {
    const due = start + (i * 1000) / perSecond;
    await wait(Math.max(0, due - readClock()));
    calls.push(call(i, due));
  }
  return Promise.all(calls);
}
