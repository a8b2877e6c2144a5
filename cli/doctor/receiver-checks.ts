/** Checks whether those are reached whom the policy tells of what happens: without a message, unless one was asked for. */
import { randomUUID } from "node:crypto";
import { noticeReceiversOf } from "../../functions/notice-receivers.ts";
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
  const receivers = [...noticeReceiversOf({ policy, secrets, clock })];
  return Promise.all(
    receivers.map(async ([name, sender]): Promise<CheckLine> => {
      const line = `receiver ${name}`;
      try {
        return { name: line, ...(await checkReceiver(name, sender, thorough, signal)) };
      } catch (error) {
        return failedCheck(line, error);
      }
    }),
  );
}

async function checkReceiver(
  name: string,
  sender: NoticeSender<TeamNotice>,
  thorough: boolean | undefined,
  signal: AbortSignal,
): Promise<Pick<CheckLine, "result" | "detail">> {
  await sender.ready?.(signal);
  if (thorough) {
    await sender.send(composeTestNotice(randomUUID(), [name]), signal);
    return { result: "passed", detail: `It has taken a test message, by ${sender.way}; see that it is there.` };
  }
  if (sender.probe) {
    await sender.probe(signal);
    return { result: "passed", detail: `It would take a message, by ${sender.way}.` };
  }
  const detail = `Its secret has the right form. Only a message shows whether it arrives, by ${sender.way}: say --thorough to send one that says it is a test.`;
  return { result: "cannot be tested", detail };
}
