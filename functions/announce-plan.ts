/** Says on the bus what became of a plan. That nobody heard of it is logged and counted, and fails nothing. */
import { planBus } from "../lib/aws/event-bus.ts";
import { problemOf } from "../lib/errors.ts";
import type { AnnouncePlan } from "../lib/model/index.ts";
import { type Environment, nameOf } from "./environment.ts";
import { logProblem } from "./log.ts";
import { counter } from "./metrics.ts";

/** @param part which function speaks, for the log */
export function planAnnouncer(environment: Environment, part: string): AnnouncePlan {
  const count = counter(part);
  const send = planBus({}, nameOf(environment, "MFA_WARDEN_BUS"));
  return (message, signal) =>
    send(message, signal).catch((error: unknown) => {
      const { code, message: why } = problemOf(error);
      logProblem({ part, run: message.run, code, message: why });
      count("unannounced", 1);
    });
}
