/** Now and then a line on each directory, where there is no terminal. */

import type { DirectoryProgress, ProgressDisplay } from "./progress-display.ts";

const MIN_INTERVAL_MS = 2_000;

/** @param clock milliseconds since 1970 */
export function progressLines(stream: NodeJS.WriteStream, clock: () => number): ProgressDisplay {
  const shown = new Map<string, { readonly at: number; readonly phase: string }>();
  return {
    show: (name, progress) => {
      const before = shown.get(name);
      if (before?.phase === progress.phase && clock() - before.at < MIN_INTERVAL_MS) return;
      shown.set(name, { at: clock(), phase: progress.phase });
      stream.write(`${name}: ${describeProgress(progress)}\n`);
    },
    stop: () => {},
  };
}

function describeProgress({ phase, value, total }: DirectoryProgress): string {
  if (phase === "reading") return total > 0 ? `${value} of ${total} accounts read` : `${value} accounts read`;
  if (phase === "waiting") return `waiting for another run, at most ${total} s`;
  if (phase === "judged") return `everything read and judged, ${total} changes planned`;
  if (phase === "changing") return `${value} of ${total} changes done`;
  return phase;
}
