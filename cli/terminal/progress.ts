/** Shows how far a run is, on standard error: a bar for each directory on a terminal, now and then a line elsewhere. */

import type { ProgressEvent } from "../../lib/sweep/index.ts";
import { progressBars } from "./progress-bars.ts";
import type { DirectoryProgress } from "./progress-display.ts";
import { progressLines } from "./progress-lines.ts";

export interface Progress {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Leaves the terminal as it was. */
  readonly stop: () => void;
}

const START: DirectoryProgress = { phase: "starting", value: 0, total: 0 };
/** What comes once a sweep: a replay of the workflow reports it again. */
const ONCE = new Set<ProgressEvent["did"]>(["waiting", "leased", "planned"]);

/** @param clock milliseconds since 1970 */
export function showProgress(stream: NodeJS.WriteStream, clock: () => number): Progress {
  const { show, stop } = stream.isTTY ? progressBars(stream) : progressLines(stream, clock);
  const progressOf = new Map<string, DirectoryProgress>();
  const reported = new Set<string>();
  return {
    onProgress: (event) => {
      const key = `${event.did} ${event.directory}`;
      if (ONCE.has(event.did) && reported.has(key)) return;
      reported.add(key);
      const before = progressOf.get(event.directory) ?? START;
      const progress = advance(before, event);
      progressOf.set(event.directory, progress);
      if (progress !== before) show(event.directory, progress);
    },
    stop,
  };
}

/** The same progress when the event is nothing to show. */
function advance(progress: DirectoryProgress, event: ProgressEvent): DirectoryProgress {
  const { phase, value, total } = progress;
  switch (event.did) {
    case "waiting":
      return { phase: "waiting", value: 0, total: event.count ?? 0 };
    case "leased":
      return { phase: "reading", value: 0, total: event.total ?? 0 };
    case "read":
      return { phase: "reading", value: value + (event.count ?? 0), total };
    case "planned":
      return { phase: "judged", value: 0, total: event.count ?? 0 };
    case "recorded":
      return { phase: "changing", value: phase === "changing" ? value + 1 : 1, total };
    case "closed":
      return { ...progress, phase: "done" };
    default:
      return progress;
  }
}
