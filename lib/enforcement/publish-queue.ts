/** Pushes live what events have written: of one directory one push at a time, and together what came meanwhile. */
import type { WardenError } from "../errors.ts";
import type { Change } from "../model/index.ts";
import type { SubjectContext } from "./context.ts";
import { confirmPublished, pollPublishJob, publishFailure, startPublish } from "./publish.ts";

/** Answers whether there was anything for us to push. Throws `ERR_PUBLISH_FAILED`, and what the vendor's calls throw. */
export type PublishChange = (bench: SubjectContext, change: Change, signal: AbortSignal) => Promise<boolean>;

const POLL_MS = 5_000;

export function publishQueue(): PublishChange {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, { readonly changes: Change[]; readonly done: Promise<boolean> }>();
  return (bench, change, signal) => {
    const next = waiting.get(bench.id);
    if (next) {
      next.changes.push(change);
      return next.done;
    }
    const changes = [change];
    const before = running.get(bench.id) ?? Promise.resolve();
    const begin = () => {
      waiting.delete(bench.id);
      return pushAll(bench, changes, signal);
    };
    const done = before.then(begin, begin);
    waiting.set(bench.id, { changes, done });
    running.set(bench.id, done);
    return done;
  };
}

async function pushAll(bench: SubjectContext, changes: readonly Change[], signal: AbortSignal): Promise<boolean> {
  const { id, directory, sleep } = bench;
  const job = await startPublish(bench, { token: 0 }, changes, signal);
  if (job === undefined) return false;
  for (;;) {
    if (signal.aborted) throw tooLong(id);
    const state = await pollPublishJob(directory, job, signal).catch(inTime(id, signal));
    if (state.done && !state.ok) throw publishFailure(id, state.detail);
    if (state.done) {
      await confirmPublished(bench, changes, state.detail, signal);
      return true;
    }
    await sleep(POLL_MS, signal).catch(inTime(id, signal));
  }
}

/** What ends because its time is over. */
const inTime =
  (id: string, signal: AbortSignal) =>
  (error: unknown): never => {
    throw signal.aborted ? tooLong(id) : error;
  };
const tooLong = (id: string): WardenError => publishFailure(id, "the job did not end in time");
