/** Notices: what people are told of a coming change and of what happened, and what is on record of it. */

/** `first`: some days before the change. `last`: once more on its last day. */
export type NoticeKind = "first" | "last";

/** How notices are sent. */
export const NOTICE_WAYS = ["folder", "webhook", "ses", "slack", "teams"] as const;
export type NoticeWay = (typeof NOTICE_WAYS)[number];

/** What people are told: one about the own account, or those who look after the accounts. */
export type Notice = AccountNotice | TeamNotice;
export type TeamNotice = PlanNotice | EventNotice | TestNotice;

interface NoticeWords {
  /** Names this notice; another attempt has another one. */
  readonly id: string;
  /** One line of plain text. */
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

/** What one person is told of a change to come. */
export interface AccountNotice extends NoticeWords {
  readonly kind: NoticeKind;
  readonly directory: string;
  readonly account: NoticeRecipient;
  /** Before this the account is not changed; ISO 8601. */
  readonly due: string;
  /** Where the person enrols a second factor. */
  readonly enrol?: string;
}

/** What those are told who look after the accounts. */
interface TeamWords extends NoticeWords {
  /** E-mail addresses, or the name of one receiver. */
  readonly to: readonly string[];
  /** The same as `text`, for receivers that lay it out in their own form. */
  readonly parts: NoticeParts;
  readonly link?: string;
}

/** Plain text, which may hold what a vendor said. */
export interface NoticeParts {
  readonly lead: string;
  /** A line each. */
  readonly items: readonly string[];
  /** What to call next. */
  readonly commands: readonly { readonly label: string; readonly command: string }[];
  /** A line each. */
  readonly closing: readonly string[];
}

/** What a team may be told of beside plans. */
export type TeamTopic = "run" | "administrators" | "exemptions" | "flapping";

/** What a team is told of what a run found. */
export interface EventNotice extends TeamWords {
  readonly kind: TeamTopic;
  readonly run: string;
}

/** Shows that messages arrive, and says nothing else. */
export interface TestNotice extends TeamWords {
  readonly kind: "test";
}

/** What the approvers are told of a run whose plans wait. */
export interface PlanNotice extends TeamWords {
  readonly kind: "plan";
  readonly run: string;
  /** What an approval of all of them names. */
  readonly hash: string;
  /** From then on nobody can approve them; ISO 8601. */
  readonly expiresAt: string;
}

/** Whom a notice is about. The address goes to nobody but the sender, and is recorded nowhere. */
export interface NoticeRecipient {
  readonly id: string;
  readonly username: string;
  readonly email?: string;
}

/** What is kept of a notice. */
export interface NoticeRecord {
  readonly kind: NoticeKind;
  readonly run: string;
  /** When it was sent, or was about to be; ISO 8601. */
  readonly at: string;
  /** What it said: before this the account is not changed; ISO 8601. */
  readonly due: string;
  readonly by: NoticeWay;
  /** `sending`: nobody knows whether it went out, since whoever sent it may have died. */
  readonly status: "sending" | "sent" | "failed";
  /** Code of the failure. */
  readonly why?: string;
}

/** What is kept of telling the approvers of a run. */
export interface PlanNoticeRecord extends Pick<NoticeRecord, "at" | "by" | "status" | "why"> {
  /** Names of the receivers that could not be reached; `e-mail` stands for all addresses. Absent where none failed. */
  readonly failed?: readonly string[];
}

/** What is kept of telling one recipient of one topic in one directory: the last time, and what is still so. */
export interface TeamNoticeRecord {
  readonly topic: TeamTopic;
  /** A receiver's name, or `e-mail` for all addresses. */
  readonly recipient: string;
  /** Each names one thing that was told, and was still so in this run; none where all is well. */
  readonly facts: readonly string[];
  /** The run that wrote this. */
  readonly run: string;
  /** ISO 8601. */
  readonly at: string;
  readonly status: NoticeRecord["status"];
}

/** What a planned change says of its notices. */
export interface ChangeNotice {
  /** When the change may be made at the earliest; ISO 8601. Absent while nobody was told. */
  readonly due?: string;
  /** The notice that is to be sent now. */
  readonly next?: NoticeKind;
  /** The last one that was sent, or failed. */
  readonly last?: Pick<NoticeRecord, "kind" | "at" | "status">;
}

/** Sends notices one by one, and none twice by itself. Throws `ERR_NOTICE_REJECTED`, `ERR_NOTICE_UNAVAILABLE`, `ERR_SECRET_*`. */
export interface NoticeSender<Sent extends Notice = Notice> {
  readonly way: NoticeWay;
  /** Asked before notices are sent. Throws where none of them could go out, such as for want of the secret. */
  ready?(signal: AbortSignal): Promise<void>;
  /** Whether the receiver takes notices, found out without one. Throws as `send`. Absent where there is no way to ask. */
  probe?(signal: AbortSignal): Promise<void>;
  send(notice: Sent, signal: AbortSignal): Promise<void>;
}

/** Receivers of a team's notices, by the name that the policy gives them. */
export type NoticeReceivers = ReadonlyMap<string, NoticeSender<TeamNotice>>;
