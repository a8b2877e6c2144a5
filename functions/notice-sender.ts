/** Opens the way by which people are told of coming changes, as the policy says: the same for the deployment and a laptop. */
import { sesSender } from "../lib/aws/ses.ts";
import type { Clock, NoticeSender, SecretStore } from "../lib/model/index.ts";
import { webhookSender } from "../lib/notice/index.ts";
import type { Policy } from "../lib/policy/index.ts";
import type { Environment } from "./environment.ts";

export interface NoticeAdapters {
  readonly policy: Pick<Policy, "notices">;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly environment: Environment;
}

/** `undefined`: the policy tells nobody, or by a folder, which only a laptop has. */
export function noticeSenderOf({ policy, secrets, clock, environment }: NoticeAdapters): NoticeSender | undefined {
  const { notices } = policy;
  if (notices?.by === "webhook") {
    const { url, secret } = notices;
    return webhookSender({ url, secret, secrets, fetch, clock });
  }
  if (notices?.by !== "ses") return undefined;
  // As the SDKs name it, which call SES by its second version.
  const endpoint = environment.AWS_ENDPOINT_URL_SESV2 ?? environment.AWS_ENDPOINT_URL;
  return sesSender({}, { from: notices.from, clock, endpoint });
}
