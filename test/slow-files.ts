/** A reporter for the test runner: says at the end which test files took longest, so that nobody has to search for them. */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

const SHOWN_FILES = 8;

const secondsOf = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1).padStart(6)} s`;

export default async function* slowFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const durations = new Map<string, number>();
  for await (const { type, data } of events) {
    if (type !== "test:summary" || data.file === undefined) continue;
    durations.set(relative(process.cwd(), data.file), data.duration_ms);
  }
  const slowest = [...durations].sort(([, a], [, b]) => b - a).slice(0, SHOWN_FILES);
  yield `Slowest test files:\n${slowest.map(([file, ms]) => `${secondsOf(ms)}  ${file}\n`).join("")}`;
}
