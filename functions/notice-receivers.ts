/** Opens the receivers of a team's notices, as the policy names them: the same for the deployment and a laptop. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock, NoticeReceivers, NoticeSender, SecretStore, TeamNotice } from "../lib/model/index.ts";
import { slackSender, teamsSender, webhookSender } from "../lib/notice/index.ts";
import type { Policy, TeamNotices } from "../lib/policy/index.ts";

export interface ReceiverAdapters {
  readonly policy: Pick<Policy, "notify">;
  readonly secrets: SecretStore;
  readonly clock: Clock;
}

type Receiver = NonNullable<TeamNotices["receivers"]>[string];

export const noticeReceiversOf = (adapters: ReceiverAdapters): NoticeReceivers =>
  new Map(
    Object.entries(adapters.policy.notify?.receivers ?? {}).map(([name, receiver]) => [
      name,
      openReceiver(adapters, name, receiver),
    ]),
  );

function openReceiver(
  { secrets, clock }: ReceiverAdapters,
  name: string,
  receiver: Receiver,
): NoticeSender<TeamNotice> {
  if (receiver.by === "webhook") {
    const { url, secret } = receiver;
    return webhookSender({ url, secret, secrets, fetch, clock });
  }
  const open = receiver.by === "slack" ? slackSender : teamsSender;
  const sleep = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });
  return open({ name, secret: receiver.secret, secrets, fetch, sleep });
}
