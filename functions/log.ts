/** What functions write into their own log, beside metrics. */

interface LoggedProblem {
  /** Which function of the deployment says it. */
  readonly part: string;
  readonly code: string;
  /** One of our own sentences, never one of somebody else's. */
  readonly message?: string;
  readonly directory?: string;
  readonly run?: string;
}

/** Writes one line. Lambda's JSON logging adds time, level and request to an object; a text it would escape. */
export const logProblem = (problem: LoggedProblem): void => console.error(problem);
