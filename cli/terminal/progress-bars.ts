/** A bar for each directory, on a terminal. */

import { MultiBar, type SingleBar } from "cli-progress";
import type { DirectoryProgress, ProgressDisplay } from "./progress-display.ts";

const BAR_OPTIONS = {
  format: "  {name}  {bar}  {value}/{total} {phase}",
  barsize: 32,
  barCompleteChar: "━",
  barIncompleteChar: "─",
  hideCursor: true,
  clearOnComplete: true,
  // Its own way of a graceful exit takes the signal and lets the process go on; ours is in interrupt.ts.
  gracefulExit: false,
};

const PHASE_TEXTS: Readonly<Record<DirectoryProgress["phase"], string>> = {
  starting: "",
  waiting: "s at most, waiting for another run",
  reading: "accounts read",
  judged: "changes done",
  changing: "changes done",
  done: "done",
};

export function progressBars(stream: NodeJS.WriteStream): ProgressDisplay {
  const screen = new MultiBar({ ...BAR_OPTIONS, stream });
  const bars = new Map<string, SingleBar>();
  return {
    show: (name, { phase, value, total }) => {
      const bar = bars.get(name) ?? screen.create(0, 0, { name, phase });
      bars.set(name, bar);
      bar.setTotal(Math.max(total, value, 1));
      bar.update(phase === "done" ? bar.getTotal() : value, { name, phase: PHASE_TEXTS[phase] });
    },
    stop: () => {
      for (const bar of bars.values()) screen.remove(bar);
      screen.stop();
    },
  };
}
