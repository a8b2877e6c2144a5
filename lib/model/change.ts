/** What is recorded of one subject over time: its state, its history, and the changes made to it. */
import type { ChangeNotice, NoticeRecord } from "./notice.ts";
import type { FactCaveat, FactName, ServerProfile, Subject } from "./subject.ts";
import type { Judgement, SubjectHistory, Verdict } from "./verdict.ts";

/** What is known of one subject now. It carries its latest history event; older ones are items of their own. */
export interface SubjectState extends SubjectHistory {
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  readonly judgement: Judgement;
  readonly facts: RecordedFacts;
  /** When the vendor was asked, by our clock; ISO 8601. An older observation never overwrites it. */
  readonly observedAt: string;
  readonly factsReadAt?: FactTimes;
  readonly factCaveats?: FactCaveats;
  /** Which groups the recorded ones were chosen from: a digest. */
  readonly groupScope?: string;
  /** Since when it has its verdict; ISO 8601. Absent in what an earlier version wrote. */
  readonly since?: string;
  readonly event: HistoryEvent;
  readonly claim?: Claim;
  readonly departed?: "confirmed" | "unconfirmed";
  /** When it was last changed by us, within 24 hours of the last of these; ISO 8601, oldest first. */
  readonly changedAt?: readonly string[];
  /** Notices about a coming change, oldest first; the last 20. */
  readonly notices?: readonly NoticeRecord[];
}

/** One line of a subject's history: its verdict changed, or a planned change ended. */
export interface HistoryEvent {
  /** Sortable by time: `<ISO 8601>#<ulid>`. */
  readonly id: string;
  readonly kind: "verdict" | "outcome" | "departed";
  readonly at: string;
  readonly run: string;
  readonly verdict: Verdict;
  readonly was?: Verdict;
  readonly why: string;
  readonly rule?: string;
  readonly requirement?: string;
  readonly exemption?: string;
  readonly facts: RecordedFacts;
  readonly factsReadAt?: FactTimes;
  readonly factCaveats?: FactCaveats;
  readonly outcome?: Outcome;
  readonly before?: RecordedFacts;
  /** The outcome is of an undoing. */
  readonly revert?: Revert;
  readonly detail?: FailedCall;
}

/** A subject as seen and judged at one moment. */
export interface Observation {
  readonly directory: string;
  readonly run: string;
  readonly subject: Subject;
  readonly judgement: Judgement;
  readonly facts: RecordedFacts;
  readonly observedAt: string;
  readonly factsReadAt?: FactTimes;
  readonly factCaveats?: FactCaveats;
  readonly groupScope?: string;
  /** A fact that may be taken from the record was read anew: when that was is recorded, though nothing else may have changed. */
  readonly renewsFacts?: true;
}

/** When facts were read, of those that were read earlier than the rest of the observation; ISO 8601. */
export type FactTimes = { readonly [K in keyof RecordedFacts]?: string };

/** What facts do not show, of those that the verdict rests on. */
export type FactCaveats = { readonly [K in keyof RecordedFacts]?: FactCaveat };

/** The facts behind a verdict, as the ledger keeps them: only known ones that the verdict rests on, `null` where unknown. */
export type RecordedFacts = { readonly [K in FactName | keyof ServerProfile | "written"]?: unknown };

/** A change that a sweep wants to make, with the facts it rests on. */
export interface Change {
  readonly run: string;
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  readonly rule: string;
  readonly requirement: string;
  readonly before: RecordedFacts;
  /** Which try of which step planned it; a try that died leaves changes that do not count. */
  readonly author: string;
  readonly step: number;
  /** It undoes what an earlier run changed, which lowers security: never made unless a person has approved it. */
  readonly revert?: Revert;
  /** What the subject was when its undoing was planned; who is changed otherwise is violating. */
  readonly verdict?: Verdict;
  /** Its outcome was clear when it was planned: nothing is tried. */
  readonly foreseen?: boolean;
  /** An event's: it is in no plan, and only the account's own history tells of it. */
  readonly unplanned?: boolean;
  /** An administrator by the facts of the plan, or not known to be none: changed after everybody else. */
  readonly administrator?: boolean;
  /** The subject is changed with credentials of its own: what is wrong with them says nothing about the others. */
  readonly custodial?: boolean;
  /** Its rule wants the person to be told beforehand. */
  readonly notice?: ChangeNotice;
  readonly outcome?: Outcome;
  readonly why?: string;
  readonly at?: string;
  readonly detail?: FailedCall;
  readonly learned?: ChangeResult["learned"];
}

/** Which change is undone, and what the subject is put back to. */
export interface Revert {
  /** The run whose change it is. */
  readonly run: string;
  /** The facts on record from before that change. */
  readonly to: RecordedFacts;
  /** Who approved it, as the system says. Absent while it is only planned. */
  readonly approvedBy?: string;
}

/** The right to change one subject now; sweeps and events meet here. */
export interface Claim {
  /** The run (or event) that holds it. */
  readonly by: string;
  /** Fencing token of the lease it was made under; a higher one has taken over. */
  readonly token: number;
  readonly before: RecordedFacts;
  /** It is held to undo a change. */
  readonly revert?: Revert;
  readonly at: string;
  /** When the first holder made it, where others have taken it over since. */
  readonly since?: string;
}

/** What came of asking for a change; `why` is one plain clause for people. */
export type ChangeRequestResult = "sent" | { readonly outcome: "needs-user" | "refused"; readonly why: string };

/** How the reason begins of a change that the kill switch stopped. */
export const HALTED = "changes are halted";

/** What came of a change. */
export interface ChangeResult {
  readonly outcome: Outcome;
  readonly why: string;
  /** The call that failed, where one did. */
  readonly detail?: FailedCall;
  /** What is to be remembered of the subject because of it; what is not named here stays as it was. */
  readonly learned?: Pick<SubjectHistory, "written" | "refusedSecret">;
}

/** In the order in which they are shown. */
export const OUTCOMES = [
  "enforced",
  "reverted",
  "already",
  "needs-user",
  "staged",
  "refused",
  "unverified",
  "failed",
] as const;

/** What became of one planned change. Only a read-back makes it `enforced`, or `reverted`: put back as it was, as a person approved. */
export type Outcome = (typeof OUTCOMES)[number];

/** What is kept of a vendor call that failed: names, codes and numbers; never headers, query values, bodies or secrets. */
export interface FailedCall {
  readonly method?: string;
  /** With placeholders where ids stood. */
  readonly path?: string;
  readonly status?: number;
  /** The vendor's own error code. */
  readonly vendorCode?: string;
  /** More of the vendor's own codes for it, by the vendor's names. */
  readonly said?: Readonly<Record<string, string | number>>;
  readonly requestId?: string;
  /** `details[].code` and `.target` of the vendor's error body. */
  readonly targets?: readonly string[];
  /** Milliseconds the vendor asked us to wait. Matters only at that moment, and is not recorded. */
  readonly retryAfter?: number;
}
