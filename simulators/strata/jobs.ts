/** Pushes of the simulated Strata Cloud Manager: a job that takes time, and the jobs that come of it. */

/** How pushes go from now on. */
export interface Course {
  /** How often a job is looked at before it has ended; default 1. */
  looks: number;
  /** How many more jobs it starts when it has ended well; default 1. */
  children: number;
  /** How it ends, as `status_str/result_str`; default `FIN/OK`. */
  end: string;
  /** How the jobs that it starts end; default `FIN/OK`. */
  childEnd: string;
}

export interface Job {
  id: string;
  parent_id: string;
  status_str: string;
  result_str: string;
  [field: string]: unknown;
}

interface Kept {
  id: string;
  parent: string;
  left: number;
  end: string;
  course: Course;
  uname: string;
  description: string;
  done: () => void;
}

export interface Jobs {
  set(course: Partial<Course>): void;
  /** Answers the new job's id; `done` when it and all that came of it ended well. */
  start(uname: string, description: string, done: () => void): string;
  /** A look at one job lets time pass. */
  look(id: string): Job | undefined;
  all(): Job[];
}

export function keepJobs(): Jobs {
  const course: Course = { looks: 1, children: 1, end: "FIN/OK", childEnd: "FIN/OK" };
  const jobs = new Map<string, Kept>();
  let last = 100;

  function add(kept: Omit<Kept, "id">): string {
    last += 1;
    jobs.set(String(last), { ...kept, id: String(last) });
    return String(last);
  }

  function pass(kept: Kept): void {
    if (kept.left === 0) return;
    kept.left -= 1;
    if (kept.left === 0 && kept.parent === "" && kept.end === "FIN/OK") spawn(kept);
    finish(kept.parent === "" ? kept : jobs.get(kept.parent));
  }

  function spawn({ id, course: { children, looks, childEnd }, ...rest }: Kept): void {
    for (let n = 0; n < children; n++)
      add({ ...rest, parent: id, left: looks, end: childEnd, course: { children: 0, looks, childEnd, end: childEnd } });
  }

  function finish(parent: Kept | undefined): void {
    if (!parent) return;
    const family = [parent, ...[...jobs.values()].filter((job) => job.parent === parent.id)];
    if (!family.every((job) => job.left === 0 && job.end === "FIN/OK")) return;
    parent.done();
    parent.done = () => undefined;
  }

  return {
    set: (change) => void Object.assign(course, change),
    start: (uname, description, done) =>
      add({ parent: "", left: course.looks, end: course.end, course: { ...course }, uname, description, done }),
    look: (id) => {
      const kept = jobs.get(id);
      if (!kept) return undefined;
      // Its children go on while somebody looks at it.
      for (const one of [...jobs.values()].filter((job) => job.parent === id)) pass(one);
      pass(kept);
      return show(kept);
    },
    all: () => [...jobs.values()].map(show).reverse(),
  };
}

function show({ id, parent, left, end, uname, description }: Kept): Job {
  const [status = "FIN", result = "OK"] = left > 0 ? ["ACT", "PEND"] : end.split("/");
  return {
    ...{ id, parent_id: parent === "" ? "0" : parent, status_str: status, result_str: result },
    ...{ type_str: parent === "" ? "CommitAndPush" : "CommitAll", percent: left > 0 ? "50" : "100" },
    ...{ uname, description, job_result: "2", job_status: "2", job_type: "53", device_name: "", summary: "" },
    ...{ start_ts: "2026-11-20 12:00:00", end_ts: left > 0 ? "" : "2026-11-20 12:01:00" },
  };
}
