/** Pushing the candidate configuration live, ours alone, and the jobs that come of it. https://pan.dev/scm/api */

import type { PublishJobState } from "../../model/index.ts";
import type { StrataApi } from "./api.ts";
import { describeJob, familyOf, jobResult } from "./jobs.ts";
import { apiFolderName } from "./location.ts";
import { type OffsetPage, readPage } from "./pages.ts";
import { type Job, jobList, startedPush } from "./schema.ts";
import type { Location } from "./settings.ts";

const PUSH_PATH = "/config-versions/candidate:push";
const JOB_PATH = "/jobs/{id}";
const JOBS_PATH = "/jobs";
const MAX_DESCRIPTION_LENGTH = 255;
/** Of jobs, newest first: more than a tenant keeps. */
const MAX_JOB_PAGES = 20;

/** Why nothing may be pushed at this location; `undefined` where it may. */
export function whyNotPushed({ kind, value }: Location, push: boolean): string | undefined {
  if (!push) return "the policy says push: false";
  if (kind !== "folder") return `a push cannot be limited to one ${kind}`;
  // The vendor wants no administrators named with it, so everybody's changes would go live.
  if (apiFolderName(value) === "All") return `a push of the folder ${value} cannot be limited to our own changes`;
  return undefined;
}

/** What a push takes. */
export interface PushScope {
  readonly location: Location;
  /** Whose changes go live, and nobody else's. */
  readonly admin: string;
}

/** Answers the id of its job. @param changed ids of subjects */
export async function startPush(
  api: StrataApi,
  { location, admin }: PushScope,
  changed: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const description = `mfa-warden: ${changed.join(", ")}`.slice(0, MAX_DESCRIPTION_LENGTH);
  const { status, body } = await api.call({
    api: "operations",
    method: "POST",
    path: PUSH_PATH,
    body: { folders: [apiFolderName(location.value)], admin: [admin], description },
    schema: startedPush,
    signal,
  });
  if (body.success && body.job_id !== undefined) return body.job_id;
  const advice = "did not begin the push; look at its jobs, and sweep again";
  throw api.vendorError("ERR_PUBLISH_FAILED", { method: "POST", path: PUSH_PATH, status }, advice);
}

/** How a push and every job that came of it have ended. */
export async function pollPush(api: StrataApi, id: string, signal: AbortSignal): Promise<PublishJobState> {
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
  return stateOf([push, ...familyOf(id, jobs)]);
}

/** As far as the server's pages go on; one that ignores the offset has shown its newest jobs by then. */
async function readJobs(api: StrataApi, signal: AbortSignal): Promise<Job[]> {
  const found = new Map<string, Job>();
  const request = { api: "operations", path: JOBS_PATH, schema: jobList, signal } as const;
  let offset: number | undefined = 0;
  for (let pages = 0; offset !== undefined && pages < MAX_JOB_PAGES; pages += 1) {
    const before = found.size;
    const { list, next }: OffsetPage<{ data: Job[] }> = await readPage(api, request, offset);
    for (const job of list.data) found.set(job.id, job);
    offset = found.size > before ? next : undefined;
  }
  return [...found.values()];
}

const MAX_JOBS_SHOWN = 5;

function stateOf(jobs: readonly Job[]): PublishJobState {
  const results = jobs.map(jobResult);
  const ok = results.every((result) => result === "succeeded");
  if (!ok && !results.includes("failed")) return { done: false };
  const shown = ok ? jobs : jobs.filter((_, index) => results[index] === "failed");
  return { done: true, ok, detail: shown.slice(0, MAX_JOBS_SHOWN).map(describeJob).join(", ") };
}
