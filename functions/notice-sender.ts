/** Opens the way by which people are told of coming changes, as the policy says: the same for the deployment and a laptop. */
import type { Clock, NoticeSender, SecretStore } from "../lib/model/index.ts";
import { webhookSender } from "../lib/notice/index.ts";
import type { Policy } from "../lib/policy/index.ts";

export interface NoticeAdapters {
  readonly policy: Pick<Policy, "notices">;
  readonly secrets: SecretStore;
  readonly clock: Clock;
}

/** `undefined`: the policy tells nobody, or by a folder, which only a laptop has. */
export function noticeSenderOf({ policy, secrets, clock }: NoticeAdapters): NoticeSender | undefined {
  const { notices } = policy;
  if (notices?.by !== "webhook") return undefined;
  const { url, secret } = notices;
  return webhookSender({ url, secret, secrets, fetch, clock });
}
