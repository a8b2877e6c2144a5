/** Shows how far a run is, on standard error: a bar for each directory on a terminal, now and then a line elsewhere. */

import { MultiBar, type SingleBar } from "cli-progress";
import type { ProgressEvent } from "../../lib/sweep/index.ts";

export interface Watch {
  readonly onProgress: (news: ProgressEvent) => void;
  /** Leaves the terminal as it was. */
  readonly stop: () => void;
}

/** Where one directory is. */
interface Place {
  phase: "starting" | "waiting" | "reading" | "judged" | "changing" | "done";
  value: number;
  total: number;
}

type Show = (directory: string, place: Place) => void;

/** @param clock milliseconds since 1970 */
export function watch(stream: NodeJS.WriteStream, clock: () => number): Watch {
  const { show, stop } = stream.isTTY ? bars(stream) : lines(stream, clock);
  const places = new Map<string, Place>();
  const told = new Set<string>();
  return {
    onProgress: (news) => {
      // Of what comes once a sweep: a replay tells it again.
      const once = `${news.did} ${news.directory}`;
      if (ONCE.has(news.did) && told.has(once)) return;
      told.add(once);
      const before = places.get(news.directory) ?? { phase: "starting", value: 0, total: 0 };
      const place = move(before, news);
      places.set(news.directory, place);
      if (place !== before) show(news.directory, place);
    },
    stop,
  };
}

const ONCE = new Set<ProgressEvent["did"]>(["waiting", "leased", "planned"]);

/** The same place when the news is nothing to show. */
function move(place: Place, news: ProgressEvent): Place {
  const { value, total } = place;
  switch (news.did) {
    case "waiting":
      return { phase: "waiting", value: 0, total: news.count ?? 0 };
    case "leased":
      return { phase: "reading", value: 0, total: news.total ?? 0 };
    case "read":
      return { phase: "reading", value: value + (news.count ?? 0), total };
    case "planned":
      return { phase: "judged", value: 0, total: news.count ?? 0 };
    case "recorded":
      return { phase: "changing", value: place.phase === "changing" ? value + 1 : 1, total };
    case "closed":
      return { ...place, phase: "done" };
    default:
      return place;
  }
}

function bars(stream: NodeJS.WriteStream): { show: Show; stop: () => void } {
  const look = { barsize: 32, barCompleteChar: "━", barIncompleteChar: "─", hideCursor: true, clearOnComplete: true };
  const format = "  {name}  {bar}  {value}/{total} {phase}";
  // Its own way of a graceful exit takes the signal and lets the process go on.
  const screen = new MultiBar({ ...look, format, stream, gracefulExit: false });
  const known = new Map<string, SingleBar>();
  const stop = () => screen.stop();
  const interrupt = () => {
    stop();
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  return {
    show: (name, { phase, value, total }) => {
      const bar = known.get(name) ?? screen.create(0, 0, { name, phase });
      known.set(name, bar);
      bar.setTotal(Math.max(total, value, 1));
      bar.update(phase === "done" ? bar.getTotal() : value, { name, phase: words[phase] });
    },
    stop: () => {
      process.removeListener("SIGINT", interrupt);
      stop();
    },
  };
}

const words = {
  starting: "",
  waiting: "s, waiting for another run's lease",
  reading: "accounts read",
  judged: "changes settled",
  changing: "changes settled",
  done: "done",
};

const EVERY_MS = 2_000;

function lines(stream: NodeJS.WriteStream, clock: () => number): { show: Show; stop: () => void } {
  const last = new Map<string, { readonly at: number; readonly phase: string }>();
  return {
    show: (name, place) => {
      const before = last.get(name);
      if (before?.phase === place.phase && clock() - before.at < EVERY_MS) return;
      last.set(name, { at: clock(), phase: place.phase });
      stream.write(`${name}: ${sentence(place)}\n`);
    },
    stop: () => {},
  };
}

function sentence({ phase, value, total }: Place): string {
  if (phase === "reading") return total > 0 ? `${value} of ${total} accounts read` : `${value} accounts read`;
  if (phase === "waiting") return `waiting up to ${total} s for another run's lease`;
  if (phase === "judged") return `everything read and judged, ${total} changes planned`;
  if (phase === "changing") return `${value} of ${total} changes settled`;
  return phase;
}
