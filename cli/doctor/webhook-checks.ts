/** Checks each vendor's webhook to us, and sets it up where that was asked for. */

import { hookSecrets } from "../../functions/hooks.ts";
import type { DoctorCheck, WebhookTarget } from "../../lib/model/index.ts";
import { webhookCredentials } from "../../lib/webhook/index.ts";
import type { Input } from "../input/read-input.ts";
import { webhookTarget } from "../input/webhook-address.ts";
import { clock } from "../local/records.ts";
import { type CheckLine, failedCheck } from "./check-line.ts";

export interface WebhookOptions {
  /** Where webhooks are taken, up to `/hooks`. */
  readonly url: string;
  /** Sets up what is missing or different. */
  readonly apply: boolean;
}

const NAME = "webhook";

const NO_WEBHOOKS: DoctorCheck = {
  name: NAME,
  result: "cannot be tested",
  detail: "This vendor sends no events; the sweeps find what has changed.",
};

export async function checkWebhooks(
  input: Input,
  { url, apply }: WebhookOptions,
  signal: AbortSignal,
): Promise<CheckLine[]> {
  const problems: CheckLine[] = [];
  const secretNames = new Map([...hookSecrets(input.policy)].filter(([id]) => input.directories.includes(id)));
  const credentials = await webhookCredentials(secretNames, input.secrets, clock, (problem) => {
    problems.push(failedCheck(NAME, problem));
  })();
  const checkOne = async (directory: string): Promise<CheckLine[]> => {
    if (!secretNames.has(directory)) return [{ directory, ...NO_WEBHOOKS }];
    const [header] = credentials.get(directory) ?? [];
    if (header === undefined) return [];
    const plan = { directory, apply, target: webhookTarget(url, directory, header) };
    const check = await checkWebhook(input, plan, signal).catch((error: unknown) => failedCheck(NAME, error));
    return [{ directory, ...check }];
  };
  const lines = await Promise.all(input.directories.map(checkOne));
  return [...lines.flat(), ...problems];
}

interface WebhookPlan {
  readonly directory: string;
  readonly target: WebhookTarget;
  readonly apply: boolean;
}

async function checkWebhook(
  input: Input,
  { directory, target, apply }: WebhookPlan,
  signal: AbortSignal,
): Promise<DoctorCheck> {
  const { hooks } = await input.open(directory, signal);
  if (!hooks) return NO_WEBHOOKS;
  const { state, detail } = await hooks.plan(target, signal);
  if (state === "right") return { name: NAME, result: "passed", detail };
  if (!apply) {
    const change = state === "missing" ? "make" : "correct";
    return {
      name: NAME,
      result: "failed",
      detail: `${detail} Say --yes to ${change} it; it will send to ${target.url}.`,
    };
  }
  await hooks.apply(target, signal);
  return { name: NAME, result: "passed", detail: `${detail} Now it is set up, and sends to ${target.url}.` };
}
