/** What a piece of work costs this process: time by the clock, CPU and memory. */
import { loadavg } from "node:os";

export interface Duration {
  /** By the clock. */
  readonly seconds: number;
  /** CPU of all threads of this process. */
  readonly cpuSeconds: number;
}

/** Starts a stopwatch. Each call of the result answers the time since the start. */
export function startStopwatch(): () => Duration {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { seconds, cpuSeconds: (user + system) / 1e6 };
  };
}

/** The most memory that this process has held so far, in bytes. Node answers KiB on every system. */
export const readPeakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** The load of the last minute, of five and of fifteen: others may be at work on the same cores. */
export const readLoad = (): number[] => loadavg().map((load) => Number(load.toFixed(2)));
