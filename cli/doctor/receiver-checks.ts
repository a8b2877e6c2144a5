/** Checks whether those are reached whom the policy tells of what happens: without a message, unless one was asked for. */
import { randomUUID } from "node:crypto";
import { noticeReceiversOf } from "../../functions/notice-receivers.ts";
import { noticeSenderOf } from "../../functions/notice-sender.ts";
import type { NoticeSender, TeamNotice } from "../../lib/model/index.ts";
import { composeTestNotice } from "../../lib/notice/index.ts";
import type { Input } from "../input/read-input.ts";
import { clock } from "../local/records.ts";
import { type CheckLine, failedCheck } from "./check-line.ts";

/** @param thorough also sends a message that says it is a test */
export async function checkReceivers(
  { policy, secrets }: Input,
  thorough: boolean | undefined,
  signal: AbortSignal,
): Promise<CheckLine[]> {
  return Promise.all(
    receiversOf({ policy, secrets }).map(async (receiver): Promise<CheckLine> => {
      const name = `receiver ${receiver.name}`;
      try {
        return { name, ...(await checkReceiver(receiver, thorough, signal)) };
      } catch (error) {
        return failedCheck(name, error);
      }
    }),
  );
}

interface Receiver {
  readonly name: string;
  readonly to: readonly string[];
  readonly sender: NoticeSender<TeamNotice>;
}

/** And all e-mail addresses together, where they are written to at all: a folder reaches nobody. */
function receiversOf({ policy, secrets }: Pick<Input, "policy" | "secrets">): Receiver[] {
  const receivers = [...noticeReceiversOf({ policy, secrets, clock })];
  const { receivers: _, ...topics } = policy.notify ?? {};
  const to = new Set(Object.values(topics).flatMap((topic) => topic.to.filter((one) => one.includes("@"))));
  const sender = noticeSenderOf({ policy, secrets, clock, environment: process.env });
  return [
    ...receivers.map(([name, one]) => ({ name, to: [name], sender: one })),
    ...(sender && to.size > 0 ? [{ name: "e-mail", to: [...to], sender }] : []),
  ];
}

async function checkReceiver(
  { to, sender }: Receiver,
  thorough: boolean | undefined,
  signal: AbortSignal,
): Promise<Pick<CheckLine, "result" | "detail">> {
  await sender.ready?.(signal);
  if (thorough) {
    await sender.send(composeTestNotice(randomUUID(), to), signal);
    return { result: "passed", detail: `It has taken a test message, by ${sender.way}; see that it is there.` };
  }
  if (sender.probe) {
    await sender.probe(signal);
    return { result: "passed", detail: `It would take a message, by ${sender.way}.` };
  }
  const detail = `What it needs is there. Only a message shows whether it arrives, by ${sender.way}: say --thorough to send one that says it is a test.`;
  return { result: "cannot be tested", detail };
}
