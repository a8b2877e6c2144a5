/** Pushing the candidate configuration live, ours alone. https://pan.dev/scm/api */

import { setTimeout as pause } from "node:timers/promises";
import { asCallFailure, type StrataApi } from "./api.ts";
import { isTopJob, readJobs } from "./jobs.ts";
import { apiFolderName } from "./location.ts";
import { type Job, startedPush } from "./schema.ts";
import type { Location } from "./settings.ts";

const PUSH_PATH = "/config-versions/candidate:push";
const PLACE = { method: "POST", path: PUSH_PATH } as const;
const MAX_DESCRIPTION_LENGTH = 255;

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
  const earlier = await readJobsIfAllowed(api, signal);
  const description = `mfa-warden: ${changed.join(", ")}`.slice(0, MAX_DESCRIPTION_LENGTH);
  const { status, body } = await api.call({
    api: "operations",
    ...PLACE,
    body: { folders: [apiFolderName(location.value)], admin: [admin], description },
    schema: startedPush,
    signal,
  });
  const started = body ? body.job_id : await findNewJob(api, { earlier, description }, signal);
  if (started !== undefined && body?.success !== false) return started;
  const advice = "did not begin the push, or did not name its job; look at its jobs, and sweep again";
  throw api.vendorError("ERR_PUBLISH_FAILED", { ...PLACE, status }, advice);
}

/** Where they cannot be listed, the push must name its job by itself. */
async function readJobsIfAllowed(api: StrataApi, signal: AbortSignal): Promise<readonly Job[] | undefined> {
  try {
    return await readJobs(api, signal);
  } catch (error) {
    asCallFailure(error);
    return undefined;
  }
}

interface NewJob {
  /** All that there were before the push. */
  readonly earlier: readonly Job[] | undefined;
  readonly description: string;
}

const MAX_LOOKS_FOR_JOB = 5;
const MS_BETWEEN_LOOKS = 1_000;

/** The job of a push that was answered without one: with our description, and not there before. */
async function findNewJob(
  api: StrataApi,
  { earlier, description }: NewJob,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!earlier) return undefined;
  const known = new Set(earlier.map(({ id }) => id));
  for (let look = 1; look <= MAX_LOOKS_FOR_JOB; look += 1) {
    const jobs = await readJobs(api, signal);
    const found = jobs.filter((job) => isTopJob(job, jobs) && job.description === description && !known.has(job.id));
    if (found.length > 0) return found.length === 1 ? found[0]?.id : undefined;
    await pause(MS_BETWEEN_LOOKS, undefined, { signal }).catch(() => {
      throw api.vendorError("ERR_ABORTED", PLACE);
    });
  }
  return undefined;
}
