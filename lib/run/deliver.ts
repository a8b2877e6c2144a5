/** Sends one notice to everybody whom the policy names for it: the e-mail addresses together, and each receiver by itself. */
import { type Code, problemOf } from "../errors.ts";
import type { NoticeSender, NoticeWay, TeamNotice } from "../model/index.ts";
import type { RunPorts } from "./ports.ts";

/** Stands for all e-mail addresses where receivers are named. */
const EMAIL = "e-mail";

/** Whoever was not told. */
export interface FailedDelivery {
  /** The receiver's name. */
  readonly recipient: string;
  readonly code: Code;
  /** One plain sentence. */
  readonly why: string;
}

const NO_WAY = {
  code: "ERR_NOTICE_UNAVAILABLE",
  why: "Here is no way to tell them; see `notices` and `notify` of the policy.",
} as const;

export type Senders = Pick<RunPorts, "policy" | "noticeSender" | "receivers">;

/** Whom one notice goes to, and how. */
export interface Recipient {
  readonly name: string;
  readonly to: readonly string[];
  readonly sender: NoticeSender<TeamNotice> | undefined;
}

/** @param to as the policy has it */
export function recipientsOf({ noticeSender, receivers }: Senders, to: readonly string[]): Recipient[] {
  const addresses = to.filter((one) => one.includes("@"));
  const names = to.filter((one) => !one.includes("@"));
  return [
    ...(addresses.length > 0 ? [{ name: EMAIL, to: addresses, sender: noticeSender }] : []),
    ...names.map((name) => ({ name, to: [name], sender: receivers?.get(name) })),
  ];
}

/** Answers whom the notice did not reach; that one cannot be reached keeps it from nobody else. */
export async function deliver(
  ports: Senders,
  to: readonly string[],
  compose: (to: readonly string[]) => TeamNotice,
  signal: AbortSignal,
): Promise<readonly FailedDelivery[]> {
  const ends = recipientsOf(ports, to).map((recipient) => sendTo(recipient, compose(recipient.to), signal));
  return (await Promise.all(ends)).filter((end) => end !== undefined);
}

/** `undefined`: it is there, or on its way. */
export async function sendTo(
  { name: recipient, sender }: Recipient,
  notice: TeamNotice,
  signal: AbortSignal,
): Promise<FailedDelivery | undefined> {
  if (!sender) return { recipient, ...NO_WAY };
  return sender.send(notice, signal).then(
    () => undefined,
    (error: unknown) => {
      const { code, message: why } = problemOf(error);
      return { recipient, code, why };
    },
  );
}

/** For the record: how the first of them is told. */
export function firstWay(ports: Senders, to: readonly string[]): NoticeWay {
  const { policy } = ports;
  const [first] = recipientsOf(ports, to);
  const receiver = policy.notify?.receivers?.[first?.name ?? ""];
  return first?.sender?.way ?? receiver?.by ?? policy.notices?.by ?? "folder";
}
