/** Pushing the candidate configuration live, ours alone, and the jobs that come of it. https://pan.dev/scm/api */

import type { PublishJobState } from "../../model/index.ts";
import type { Api } from "./api.ts";
import { onePage, type Sheet } from "./pages.ts";
import { type Job, jobList, pushed } from "./schema.ts";
import type { Location } from "./settings.ts";

const PUSH = "/config-versions/candidate:push";
const JOB = "/jobs/{id}";
const JOBS = "/jobs";
const MOST_DESCRIPTION = 255;
/** Of jobs, newest first: more than a tenant keeps. */
const MOST_PAGES = 20;

/** Why nothing may be pushed at this place; `undefined` where it may. */
export function heldBack({ kind, value }: Location, push: boolean): string | undefined {
  if (!push) return "the policy says push: false";
  if (kind !== "folder") return `a push cannot be limited to one ${kind}`;
  // The vendor wants no administrators named with it, so everybody's changes would go live.
  return ["All", "Global"].includes(value)
    ? `a push of the folder ${value} cannot be limited to our own changes`
    : undefined;
}

/** @param admin whose changes go live, and nobody else's */
export function publisher(api: Api, folder: string, admin: string) {
  async function start(changed: readonly string[], signal: AbortSignal): Promise<string> {
    const description = `mfa-warden: ${changed.join(", ")}`.slice(0, MOST_DESCRIPTION);
    const body = { folders: [folder], admin: [admin], description };
    const answer = await api.call({ of: "operations", path: PUSH, method: "POST", body, schema: pushed, signal });
    const { success, job_id } = answer.body;
    if (success && job_id !== undefined) return job_id;
    const about = { method: "POST", path: PUSH, status: answer.status };
    throw api.vendorError("ERR_PUBLISH_FAILED", about, "did not begin the push; look at its jobs, and sweep again");
  }

  async function poll(id: string, signal: AbortSignal): Promise<PublishJobState> {
    const { body } = await api.call({ of: "operations", path: JOB, id, schema: jobList, signal });
    const own = body.data.find((job) => job.id === id);
    if (!own) throw api.vendorError("ERR_VENDOR_FORMAT", { method: "GET", path: JOB }, UNSEEN);
    if (ended(own) !== "well") return stateOf([own]);
    const all = await jobs(signal);
    // A list that leaves out this job may leave out what came of it.
    if (!all.some((job) => job.id === id)) return { done: false };
    return stateOf([own, ...childrenOf(id, all)]);
  }

  /** As far as the server's pages go on; one that ignores the offset has shown its newest jobs by then. */
  async function jobs(signal: AbortSignal): Promise<Job[]> {
    const found = new Map<string, Job>();
    const ask = { of: "operations", path: JOBS, schema: jobList, signal } as const;
    for (let offset: number | undefined = 0, pages = 0; offset !== undefined && pages < MOST_PAGES; pages += 1) {
      const before = found.size;
      const { list, next }: Sheet<{ data: Job[] }> = await onePage(api, ask, offset);
      for (const job of list.data) found.set(job.id, job);
      offset = found.size > before ? next : undefined;
    }
    return [...found.values()];
  }

  return { start, poll };
}

const UNSEEN = "answered without the job that was asked for; sweep again";

/** A job starts others, and those may start more. */
function childrenOf(id: string, jobs: readonly Job[]): Job[] {
  const family = new Set([id]);
  let size = 0;
  while (family.size > size) {
    size = family.size;
    for (const job of jobs) if (family.has(job.parent_id)) family.add(job.id);
  }
  return jobs.filter((job) => job.id !== id && family.has(job.id));
}

const BROKEN = ["PUSHFAIL", "PUSHABORT", "PUSHTIMEOUT"];
const LOST = ["FAIL", "CANCELLED", "TIMEOUT"];

/** `false`: not yet. A state that nobody knows is no end. */
function ended({ status_str, result_str }: Job): "well" | "badly" | false {
  if (BROKEN.includes(status_str) || LOST.includes(result_str)) return "badly";
  if (status_str !== "FIN" || ["PEND", "WAIT"].includes(result_str)) return false;
  return result_str === "OK" ? "well" : "badly";
}

function stateOf(jobs: readonly Job[]): PublishJobState {
  const ends = jobs.map(ended);
  const ok = ends.every((end) => end === "well");
  if (!ok && !ends.includes("badly")) return { done: false };
  const shown = jobs.filter((_, index) => ok || ends[index] === "badly").slice(0, 5);
  return { done: true, ok, detail: shown.map(describe).join(", ") };
}

const word = (text: string) => (/^[A-Z]{1,20}$/.test(text) ? text : "an unknown state");
const describe = ({ id, status_str, result_str }: Job) => `job ${id} ${word(status_str)}/${word(result_str)}`;
