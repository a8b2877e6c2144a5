/** Pushes live what events have written: of one directory one push at a time, and together what came meanwhile. */

import type { WardenError } from "../errors.ts";
import type { Change } from "../model/index.ts";
import type { SubjectContext } from "./context.ts";
import { confirmPublished, pollPublishJob, publishFailure, startPublish } from "./publish.ts";

/** Answers whether there was anything for us to push. Throws `ERR_PUBLISH_FAILED`, and what the vendor's calls throw. */
export type PublishChange = (context: SubjectContext, change: Change, signal: AbortSignal) => Promise<boolean>;

interface WaitingPush {
  readonly changes: Change[];
  readonly result: Promise<boolean>;
}

const POLL_MS = 5_000;

export function publishQueue(): PublishChange {
  /** By directory: the last push, and the one that waits for it. */
  const last = new Map<string, Promise<boolean>>();
  const waiting = new Map<string, WaitingPush>();
  return (context, change, signal) => {
    const joined = waiting.get(context.id);
    if (joined) {
      joined.changes.push(change);
      return joined.result;
    }
    const changes = [change];
    const push = () => {
      waiting.delete(context.id);
      return pushLive(context, changes, signal);
    };
    const result = (last.get(context.id) ?? Promise.resolve()).then(push, push);
    waiting.set(context.id, { changes, result });
    last.set(context.id, result);
    return result;
  };
}

async function pushLive(context: SubjectContext, changes: readonly Change[], signal: AbortSignal): Promise<boolean> {
  const { id, directory, sleep } = context;
  const job = await startPublish(context, { token: 0 }, changes, signal);
  if (job === undefined) return false;
  let seen: string | undefined;
  for (;;) {
    if (signal.aborted) throw tooLate(id);
    const state = await pollPublishJob(directory, job, signal, seen).catch(throwTooLate(id, signal));
    if (state.done && !state.ok) throw publishFailure(id, state.detail);
    if (state.done) {
      await confirmPublished(context, changes, state.detail, signal);
      return true;
    }
    seen = state.seen;
    await sleep(POLL_MS, signal).catch(throwTooLate(id, signal));
  }
}

const tooLate = (id: string): WardenError => publishFailure(id, "the job did not end in time");

/** Throws what failed, or, if it failed because time was up, that. */
const throwTooLate =
  (id: string, signal: AbortSignal) =>
  (error: unknown): never => {
    throw signal.aborted ? tooLate(id) : error;
  };
