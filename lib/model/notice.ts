/** Notices: who is told beforehand that an account will be changed, and what is on record of it. */

/** `first`: some days before the change. `last`: once more on its last day. */
export type NoticeKind = "first" | "last";

/** How notices are sent. */
export const NOTICE_WAYS = ["folder", "webhook", "ses"] as const;
export type NoticeWay = (typeof NOTICE_WAYS)[number];

/** What people are told. */
export type Notice = AccountNotice | PlanNotice;

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

/** What the approvers are told of a run whose plans wait. */
export interface PlanNotice extends NoticeWords {
  readonly kind: "plan";
  /** E-mail addresses. */
  readonly to: readonly string[];
  readonly run: string;
  /** What an approval of all of them names. */
  readonly hash: string;
  /** From then on nobody can approve them; ISO 8601. */
  readonly expiresAt: string;
  readonly link?: string;
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
export type PlanNoticeRecord = Pick<NoticeRecord, "at" | "by" | "status" | "why">;

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
export interface NoticeSender {
  readonly way: NoticeWay;
  /** Asked before notices are sent. Throws where none of them could go out, such as for want of the secret. */
  ready?(signal: AbortSignal): Promise<void>;
  send(notice: Notice, signal: AbortSignal): Promise<void>;
}
