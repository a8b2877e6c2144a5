/** What the jobs of a push say: how each has ended, and which came of which. */

import type { Job } from "./schema.ts";

/** The jobs that a job started, and those that these started. */
export function familyOf(id: string, jobs: readonly Job[]): Job[] {
  const family = new Set([id]);
  let size = 0;
  while (family.size > size) {
    size = family.size;
    for (const job of jobs) if (family.has(job.parent_id)) family.add(job.id);
  }
  return jobs.filter((job) => job.id !== id && family.has(job.id));
}

const FAILED_STATUSES = ["PUSHFAIL", "PUSHABORT", "PUSHTIMEOUT"];
const FAILED_RESULTS = ["FAIL", "CANCELLED", "TIMEOUT"];
const WAITING_RESULTS = ["PEND", "WAIT"];

/** A state that nobody knows is no end. */
export function jobResult({ status_str, result_str }: Job): "succeeded" | "failed" | "running" {
  if (FAILED_STATUSES.includes(status_str) || FAILED_RESULTS.includes(result_str)) return "failed";
  if (status_str !== "FIN" || WAITING_RESULTS.includes(result_str)) return "running";
  return result_str === "OK" ? "succeeded" : "failed";
}

export const describeJob = ({ id, status_str, result_str }: Job): string =>
  `job ${id} ${knownWord(status_str)}/${knownWord(result_str)}`;

const knownWord = (text: string) => (/^[A-Z]{1,20}$/.test(text) ? text : "an unknown state");
