/** Lambda: one run over the policy's directories, started by a schedule or by hand. */
import { eventBus } from "../lib/aws/event-bus.ts";
import { storedSecrets } from "../lib/aws/secrets.ts";
import { problemOf } from "../lib/errors.ts";
import type { AnnounceRun } from "../lib/model/index.ts";
import { planAnnouncer } from "./announce-plan.ts";
import { logProblem } from "./log.ts";
import { counter } from "./metrics.ts";
import { noticeReceiversOf } from "./notice-receivers.ts";
import { nameOf, portsOf } from "./ports.ts";
import { runHandler } from "./workflows.ts";

const count = counter("run");
const send = eventBus({}, nameOf(process.env, "MFA_WARDEN_BUS"));

/** The run is over and recorded: that nobody heard of it must be seen, and must not fail it. */
const announce: AnnounceRun = (message, signal) =>
  send(message, signal).then(
    () => count("announced", 1),
    (error: unknown) => {
      const { code, message: why } = problemOf(error);
      logProblem({ part: "run", run: message.run, code, message: why });
      count("unannounced", 1);
    },
  );

const ports = portsOf(process.env);
const secrets = storedSecrets({}, nameOf(process.env, "MFA_WARDEN_SECRETS"));

export const handler = runHandler(
  {
    ...ports,
    receivers: noticeReceiversOf({ ...ports, secrets }),
    announce,
    announcePlan: planAnnouncer(process.env, "run"),
  },
  nameOf(process.env, "MFA_WARDEN_SWEEP_FUNCTION"),
);
