/** Lambda: seals, once an hour, what events changed. A directory that is being swept then is sealed the next time. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { Context } from "aws-lambda";
import { WardenError } from "../lib/errors.ts";
import { sealEvents } from "../lib/evidence/index.ts";
import { logProblem } from "./log.ts";
import { counter } from "./metrics.ts";
import { sealPortsOf } from "./ports.ts";

const count = counter("seal");
const ports = sealPortsOf(process.env);

const sealHours = async (_event: unknown, _: Context, { signal }: MiddyHandlerObject) => {
  const { sealed, held, problems } = await sealEvents(ports, signal);
  count("sealed", sealed.length);
  count("held", held.length);
  for (const problem of problems) logProblem({ part: "seal", ...problem });
  // So that Lambda counts it as an error; the next hour tries again.
  const [first] = problems;
  if (first) throw new WardenError(first.code, first.message);
};

/** Five seconds before Lambda would end it, it stops between two hours and gives the lease back. */
export const handler = middy<unknown, void>({ timeoutEarlyInMillis: 5_000 }).handler(sealHours);
