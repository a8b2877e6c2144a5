/** The jobs of a push: which came of which, and whether all of them have ended well. https://pan.dev/scm/api */

import { hash } from "node:crypto";
import * as v from "valibot";
import type { PublishJobState } from "../../model/index.ts";
import type { StrataApi } from "./api.ts";
import { type Job, jobList } from "./schema.ts";

const JOB_PATH = "/jobs/{id}";
const JOBS_PATH = "/jobs";

/** All jobs that the vendor lists. Its document knows no parameters of this call. */
export async function readJobs(api: StrataApi, signal: AbortSignal): Promise<Job[]> {
  return (await api.call({ api: "operations", path: JOBS_PATH, schema: jobList, signal })).body.data;
}

/** Whether no other of these jobs has started it. */
export const isTopJob = ({ parent_id }: Job, jobs: readonly Job[]): boolean => !jobs.some(({ id }) => id === parent_id);

/**
 * Whether a push and every job that came of it have ended. A job may start others after its end, so a good end is one that two looks
 * at least ten seconds apart saw alike.
 * @param seen of the look before
 */
export async function pollPush(
  api: StrataApi,
  id: string,
  signal: AbortSignal,
  seen: string | undefined,
): Promise<PublishJobState> {
  const { body } = await api.call({ api: "operations", path: JOB_PATH, id, schema: jobList, signal });
  const push = body.data.find((job) => job.id === id);
  if (!push) {
    const advice = "answered without the job that was asked for; sweep again";
    throw api.vendorError("ERR_VENDOR_FORMAT", { method: "GET", path: JOB_PATH }, advice);
  }
  if (jobResult(push) !== "succeeded") return stateOf([push]);
  const jobs = await readJobs(api, signal);
  // A list that leaves out this job may leave out what came of it.
  if (!jobs.some((job) => job.id === id)) return { done: false };
  const family = [push, ...descendantsOf(id, jobs)];
  const state = stateOf(family);
  return state.done && state.ok ? onceStable(state, family, seen, api.clock()) : state;
}

/** The jobs that a job started, and those that these started. */
function descendantsOf(id: string, jobs: readonly Job[]): Job[] {
  const family = new Set([id]);
  let size = 0;
  while (family.size > size) {
    size = family.size;
    for (const job of jobs) if (family.has(job.parent_id) && job.id !== "") family.add(job.id);
  }
  // By their parents: one whose own id cannot be read came of them all the same.
  return jobs.filter((job) => job.id !== id && family.has(job.parent_id));
}

const MIN_STABLE_MS = 10_000;
/** What a look saw: a digest of the family's ids, and since when it has been the same, by our clock in ms. */
const seenFamily = v.pipe(v.string(), v.parseJson(), v.object({ family: v.string(), since: v.number() }));

function onceStable(
  state: PublishJobState,
  jobs: readonly Job[],
  seen: string | undefined,
  now: number,
): PublishJobState {
  const ids = jobs.map(({ id }) => id).toSorted();
  const family = hash("sha256", ids.join(" "));
  const before = v.safeParse(seenFamily, seen);
  const since = before.success && before.output.family === family ? before.output.since : now;
  return now - since >= MIN_STABLE_MS ? state : { done: false, seen: JSON.stringify({ family, since }) };
}

const MAX_JOBS_SHOWN = 5;

function stateOf(jobs: readonly Job[]): PublishJobState {
  const results = jobs.map(jobResult);
  const ok = results.every((result) => result === "succeeded");
  if (!ok && !results.includes("failed")) return { done: false };
  const shown = ok ? jobs : jobs.filter((_, index) => results[index] === "failed");
  return { done: true, ok, detail: shown.slice(0, MAX_JOBS_SHOWN).map(describeJob).join(", ") };
}

const FAILED_STATUSES = ["PUSHFAIL", "PUSHABORT", "PUSHTIMEOUT"];
const FAILED_RESULTS = ["FAIL", "CANCELLED", "TIMEOUT"];
const WAITING_RESULTS = ["PEND", "WAIT"];

/** A state that nobody knows is no end. */
function jobResult({ status_str, result_str }: Job): "succeeded" | "failed" | "running" {
  if (FAILED_STATUSES.includes(status_str) || FAILED_RESULTS.includes(result_str)) return "failed";
  if (status_str !== "FIN" || WAITING_RESULTS.includes(result_str)) return "running";
  return result_str === "OK" ? "succeeded" : "failed";
}

const describeJob = ({ id, status_str, result_str }: Job): string =>
  `job ${id} ${knownWord(status_str)}/${knownWord(result_str)}`;

const knownWord = (text: string) => (/^[A-Z]{1,20}$/.test(text) ? text : "an unknown state");
