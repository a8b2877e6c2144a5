/** Lambda: asks, every minute, the logs of vendors that send no webhooks, and queues whom they name. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { Context } from "aws-lambda";
import { type Code, WardenError } from "../lib/errors.ts";
import { type PollProblem, pollEvents } from "../lib/poll/index.ts";
import { logProblem } from "./log.ts";
import { counter } from "./metrics.ts";
import { pollPortsOf } from "./ports.ts";

const GAP = "ERR_EVENTS_GAP" satisfies Code;
const PART = "poll";

const count = counter(PART);
const ports = pollPortsOf(process.env, count);

const pollAll = async (_event: unknown, _: Context, { signal }: MiddyHandlerObject): Promise<void> => {
  const problems: PollProblem[] = [];
  const onProblem = (problem: PollProblem) => problems.push(problem);
  await pollEvents({ ...ports, onProblem }, signal);
  for (const problem of problems) logProblem({ part: PART, ...problem });
  const gaps = problems.filter(({ code }) => code === GAP).length;
  if (gaps > 0) count("gap", gaps);
  const failed = problems.find(({ code }) => code !== GAP);
  // So that Lambda counts it as an error; the next minute tries again.
  if (failed) throw new WardenError(failed.code, failed.message);
};

/** Two seconds before Lambda would end it, what is under way is given up: the next minute reads it again. */
export const handler = middy<unknown, void>({ timeoutEarlyInMillis: 2_000 }).handler(pollAll);
