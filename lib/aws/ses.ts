/** Notices by e-mail, by Amazon SES. Its client would not fit into the sweep's bundle, so the one call is signed and sent here. */
import { WardenError } from "../errors.ts";
import type { Clock, Notice, NoticeSender } from "../model/index.ts";
import { type SignedAnswer, type SignedCallerConfig, signedCaller } from "./signed-call.ts";

export interface SesNeeds {
  /** The sender's address. */
  readonly from: string;
  readonly clock: Clock;
  /** In place of SES's own address. */
  readonly endpoint?: string | undefined;
}

const PATH = "/v2/email/outbound-emails";
const DEADLINE_MS = 10_000;
/** Plain addresses alone: no name, no list, no comment, and nothing that begins a header. */
const PLAIN_ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;
const MAX_ADDRESS_CHARACTERS = 254;

/**
 * Sends each notice once: what was not answered may have gone out all the same. Needs `ses:SendEmail` on the sender's identity.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 * @param config whose credentials and region are used
 */
export function sesSender(config: SignedCallerConfig, { from, clock, endpoint }: SesNeeds): NoticeSender {
  const caller = signedCaller(config, { clock, toError: (cause) => unavailable(`cannot be used (${cause})`) });
  return {
    way: "ses",
    async ready() {
      await caller.region();
    },
    async send(notice, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
      const body = bodyOf(from, addressesOf(notice), notice);
      const url = new URL(PATH, endpoint ?? endpointOf(await caller.region()));
      judge(await caller.post({ url, service: "ses", type: "application/json", body }, limit));
    },
  };
}

const endpointOf = (region: string): string =>
  `https://email.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

function addressesOf(notice: Notice): readonly string[] {
  if ("parts" in notice) return notice.to;
  const { email = "" } = notice.account;
  if (email.length <= MAX_ADDRESS_CHARACTERS && PLAIN_ADDRESS.test(email)) return [email];
  throw rejected("This account has no e-mail address that can be written to; give it one at the vendor.");
}

const bodyOf = (from: string, to: readonly string[], { subject, text }: Notice): string =>
  JSON.stringify({
    FromEmailAddress: from,
    Destination: { ToAddresses: to },
    Content: {
      Simple: {
        Subject: { Data: subject, Charset: "UTF-8" },
        Body: { Text: { Data: text, Charset: "UTF-8" } },
      },
    },
  });

/** Throws unless the notice is on its way. */
function judge({ status, errorType }: SignedAnswer): void {
  if (status >= 200 && status < 300) return;
  const name = /^\w{1,64}/.exec(errorType ?? "")?.[0] ?? "no reason";
  const how = `answered ${status} (${name})`;
  throw isOfThisNotice(status, name) ? rejected(`Amazon SES ${how}; look at this address.`) : unavailable(how);
}

/** What says that nobody can be written to now. */
const GENERAL_REFUSALS = [
  "AccountSuspendedException",
  "LimitExceededException",
  "MailFromDomainNotVerifiedException",
  "SendingPausedException",
];

const isOfThisNotice = (status: number, name: string): boolean => status === 400 && !GENERAL_REFUSALS.includes(name);

const rejected = (message: string) => new WardenError("ERR_NOTICE_REJECTED", message);
const unavailable = (how: string) =>
  new WardenError("ERR_NOTICE_UNAVAILABLE", `Amazon SES ${how}; see that this identity may send.`);
