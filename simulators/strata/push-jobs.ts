/** Pushes of the simulated Strata Cloud Manager: a job that takes time, and the jobs that come of it. */

import type { Document } from "../shared/answers.ts";

/** How pushes go from now on. */
export interface PushBehavior {
  /** How often a job is looked at before it has ended; default 1. With 0 it is over at once. */
  looks: number;
  /** How many more jobs it starts when it has ended well; default 1. */
  children: number;
  /** How often it is looked at after its end before these jobs are there; default 0. */
  childrenAfter: number;
  /** How it ends, as `status_str/result_str`; default `FIN/OK`. */
  end: string;
  /** How the jobs that it starts end; default `FIN/OK`. */
  childEnd: string;
}

export interface PushJobs {
  setBehavior(change: Partial<PushBehavior>): void;
  /** Answers the new job's id; `onSuccess` is called once, when it and all that came of it ended well. */
  start(admin: string, description: string, onSuccess: () => void): string;
  /** The job as the API shows it. Each look at it lets time pass. */
  look(id: string): Document | undefined;
  /** Newest first. */
  all(): Document[];
}

interface Job {
  id: string;
  /** The id of the job that started it; absent for a push itself. */
  parent?: string;
  /** How often it must still be looked at until it has ended. */
  looksLeft: number;
  /** How often it must still be looked at until the jobs that come of it are there. */
  childrenDue: number;
  end: string;
  behavior: PushBehavior;
  admin: string;
  description: string;
  onSuccess: () => void;
}

interface State {
  behavior: PushBehavior;
  jobs: Map<string, Job>;
  lastId: number;
}

/** Creates an empty list of jobs. */
export function createPushJobs(): PushJobs {
  const behavior = { looks: 1, children: 1, childrenAfter: 0, end: "FIN/OK", childEnd: "FIN/OK" };
  const state: State = { behavior, jobs: new Map(), lastId: 100 };
  return {
    setBehavior: (change) => void Object.assign(behavior, change),
    start: (admin, description, onSuccess) => {
      const { looks, end } = behavior;
      const own = { looksLeft: looks, childrenDue: 0, end, behavior: { ...behavior } };
      const job = addJob(state, { ...own, admin, description, onSuccess });
      afterEnd(state, job);
      return job.id;
    },
    look: (id) => lookAtJob(state, id),
    all: () => [...state.jobs.values()].map(showJob).reverse(),
  };
}

function addJob(state: State, job: Omit<Job, "id">): Job {
  state.lastId += 1;
  const added = { ...job, id: String(state.lastId) };
  state.jobs.set(added.id, added);
  return added;
}

function lookAtJob(state: State, id: string): Document | undefined {
  const job = state.jobs.get(id);
  if (!job) return undefined;
  // Its children go on while somebody looks at it.
  for (const child of childrenOf(state, job)) passTime(state, child);
  if (job.childrenDue > 0) awaitChildren(state, job);
  passTime(state, job);
  return showJob(job);
}

function childrenOf({ jobs }: State, { id }: Job): Job[] {
  return [...jobs.values()].filter(({ parent }) => parent === id);
}

function passTime(state: State, job: Job): void {
  if (job.looksLeft === 0) return;
  job.looksLeft -= 1;
  afterEnd(state, job);
}

/** What comes of a job that has ended well. */
function afterEnd(state: State, job: Job): void {
  if (!isDone(job)) return;
  if (job.parent === undefined) {
    job.childrenDue = job.behavior.childrenAfter;
    if (job.childrenDue === 0) startChildren(state, job);
  }
  const push = job.parent === undefined ? job : state.jobs.get(job.parent);
  if (push) finishPush(state, push);
}

function isDone({ looksLeft, end }: Job): boolean {
  return looksLeft === 0 && end === "FIN/OK";
}

function awaitChildren(state: State, job: Job): void {
  job.childrenDue -= 1;
  if (job.childrenDue > 0) return;
  startChildren(state, job);
  finishPush(state, job);
}

function startChildren(state: State, { id, behavior, admin, description, onSuccess }: Job): void {
  const { children, looks, childEnd } = behavior;
  for (let n = 0; n < children; n++) {
    addJob(state, {
      parent: id,
      looksLeft: looks,
      childrenDue: 0,
      end: childEnd,
      behavior,
      admin,
      description,
      onSuccess,
    });
  }
}

function finishPush(state: State, push: Job): void {
  if (push.childrenDue > 0) return;
  if (![push, ...childrenOf(state, push)].every(isDone)) return;
  push.onSuccess();
  push.onSuccess = () => undefined;
}

function showJob({ id, parent, looksLeft, end, admin, description }: Job): Document {
  const isActive = looksLeft > 0;
  const [status = "FIN", result = "OK"] = isActive ? ["ACT", "PEND"] : end.split("/");
  return {
    id,
    parent_id: parent ?? "0",
    status_str: status,
    result_str: result,
    type_str: parent === undefined ? "CommitAndPush" : "CommitAll",
    percent: isActive ? "50" : "100",
    uname: admin,
    description,
    job_result: "2",
    job_status: "2",
    job_type: "53",
    device_name: "",
    summary: "",
    start_ts: "2026-11-20 12:00:00",
    end_ts: isActive ? "" : "2026-11-20 12:01:00",
  };
}
