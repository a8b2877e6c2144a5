/** How often the policy wants a directory swept. */
import { longestGap } from "./cron.ts";
import type { Policy } from "./schema.ts";

/** Milliseconds between two sweeps at most; infinite where no schedule names the directory, 0 where one cannot be read. */
export function scheduleGapMs({ deploy }: Pick<Policy, "deploy">, id: string): number {
  const schedules = (deploy?.schedules ?? []).filter(({ directories }) => directories?.includes(id) ?? true);
  return Math.min(...schedules.map(({ cron }) => longestGap(cron) ?? 0));
}
