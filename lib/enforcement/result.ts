/** Decides what a change has come to, by what was sent and what was seen. Pure: the safety of the product rests on this file. */

import { type Code, WardenError } from "../errors.ts";
import {
  type ChangeRequestResult,
  type ChangeResult,
  type Directory,
  omitUndefined,
  type Revert,
  type ServerProfile,
  type Subject,
  type SubjectHistory,
} from "../model/index.ts";
import { checkRequirement, UNSTABLE_MASKS, UNSURE_VERSION } from "../policy/index.ts";
import type { Confirmation } from "./confirm.ts";
import type { ObservedSubject } from "./context.ts";
import { directionOf, showsChange } from "./direction.ts";

export interface ResolvedChange extends ChangeResult {
  /** Why it failed, where a call did; why it was refused, where that holds for every other change too. */
  readonly error?: WardenError;
}

/** A result, with how the subject was when it was last seen. */
export interface ObservedResult extends ResolvedChange {
  readonly observed?: ObservedSubject | undefined;
  /** The vendor says that there is no such subject. */
  readonly departed?: boolean;
}

/** One change that was asked for, with everything that was seen around it. */
export interface SentChange {
  readonly directory: Pick<Directory, "candidate" | "enrolsAtSignIn" | "secretVersion">;
  /** What it undoes, if it undoes something. */
  readonly revert?: Revert | undefined;
  /** As known before. */
  readonly state: Pick<SubjectHistory, "written">;
  readonly before: ObservedSubject;
  /** What the write answered. */
  readonly sent: ChangeRequestResult | WardenError;
  /** The last look after the write; `undefined`: the vendor has no such subject. An error: it cannot be read. */
  readonly readBack?: ObservedSubject | WardenError | undefined;
  /** Whether the account can still be used; `undefined`: the vendor has no way to ask. An error: nobody can tell. */
  readonly confirmation?: Confirmation | WardenError | undefined;
}

/** What a change has come to. */
export function resultOf(change: SentChange): ObservedResult {
  const { sent, before } = change;
  if (isNotSent(sent)) return { ...sent, observed: before };
  const shown = provingReadBack(change);
  return shown ? shownResult(change, shown) : notShownResult(change);
}

/** Whether the directory declined, so that nothing was written. */
export const isNotSent = (sent: SentChange["sent"]): sent is Exclude<ChangeRequestResult, "sent"> =>
  sent !== "sent" && !(sent instanceof WardenError);

/**
 * The read-back, if it proves the change. What the write answered decides nothing: it may have been done though the answer was
 * lost, or not though it said so. Only if the subject showed as wanted before, the answer is all there is.
 */
export function provingReadBack({ revert, sent, before, readBack }: SentChange): ObservedSubject | undefined {
  const direction = directionOf({ revert });
  if (readBack === undefined || readBack instanceof WardenError) return undefined;
  if (!showsChange(direction, readBack.subject)) return undefined;
  return sent instanceof WardenError && showsChange(direction, before.subject) ? undefined : readBack;
}

function shownResult(change: SentChange, shown: ObservedSubject): ObservedResult {
  const { directory, revert, sent, confirmation } = change;
  if (revert)
    return { ...revertedResult(revert, shown, "the read-back shows MFA off"), learned: refusedSecret(directory, sent) };
  const { profile } = shown.subject;
  const result = confirmedResult({
    directory,
    shown,
    confirmation,
    why: `the read-back shows ${profile ? "it as wanted" : "MFA on"}`,
    version: profile?.version,
    masks: stableMasks(profile, confirmation),
  });
  return { ...result, learned: { ...result.learned, ...refusedSecret(directory, sent) } };
}

/** What two readings right after the write showed of the secrets: where they differ, no later one proves anything. */
function stableMasks(profile: ServerProfile | undefined, confirmation: SentChange["confirmation"]): string | undefined {
  const again = confirmation && "masks" in confirmation ? confirmation.masks : undefined;
  if (profile?.masks === undefined || again === undefined) return undefined;
  return profile.masks === again ? again : UNSTABLE_MASKS;
}

/** A change that shows, however we learned of it. */
export interface ShownChange extends Pick<SentChange, "directory" | "confirmation"> {
  readonly shown: ObservedSubject;
  /** One plain clause: how we know that it shows. */
  readonly why: string;
  /** Of the secret that was written; default: the one that the directory was opened with. */
  readonly version: string | undefined;
  /** What the profile's secrets looked like right after the write, if somebody looked. */
  readonly masks?: string | undefined;
}

/** What a change that shows has come to: `enforced` if the account can still be used, `staged` if it is still to be pushed live. */
export function confirmedResult(change: ShownChange): ObservedResult {
  const { directory, shown, confirmation, why, version, masks } = change;
  if (confirmation instanceof WardenError)
    return {
      outcome: "unverified",
      why: `${why}, and whether the account can be used is not known (${confirmation.code})`,
      observed: shown,
      error: confirmation,
    };
  if (confirmation && !confirmation.ok)
    return { outcome: "failed", why: confirmation.why, observed: confirmation.observed };
  if (!directory.candidate) return { ...switchResult(directory, shown.subject, why), observed: shown };
  return {
    outcome: "staged",
    why: `${why}, and it is not live yet`,
    observed: shown,
    learned: { written: omitUndefined({ version: version ?? directory.secretVersion, live: false, masks }) },
  };
}

/** An undoing that shows. @param why one plain clause: how we know that it shows */
export const revertedResult = ({ run, approvedBy }: Revert, shown: ObservedSubject, why: string): ObservedResult => ({
  outcome: "reverted",
  why: `put back as it was before run ${run}, as ${approvedBy} approved: ${why}`,
  observed: shown,
});

/** Where only a device makes the switch a protection, the read-back must show that too. */
function switchResult(directory: SentChange["directory"], subject: Subject, why: string): ChangeResult {
  const proof = subject.profile ? undefined : checkRequirement("enabled", subject);
  if (proof === undefined || proof.holds) return { outcome: "enforced", why };
  if (directory.enrolsAtSignIn)
    return { outcome: "enforced", why: "the read-back shows that the next sign-in asks for a device" };
  return { outcome: "unverified", why: `${why}, and no device that makes it a protection: ${proof.why}` };
}

function notShownResult({ directory, state, before, sent, readBack }: SentChange): ObservedResult {
  const error = sent instanceof WardenError ? sent : undefined;
  const unreadable = readBack instanceof WardenError ? readBack : undefined;
  const observed = readBack instanceof WardenError ? before : (readBack ?? before);
  const learned = {
    ...refusedSecret(directory, sent),
    ...(mayBeDone(sent) ? unsureWrite(state, before.subject.profile !== undefined) : {}),
  };
  if (error && error.code !== "ERR_VENDOR_FORMAT") return { ...failure(error), learned, observed };
  const seen = unreadable ? `cannot be read back (${unreadable.code})` : "the read-back does not show it";
  return { outcome: "unverified", why: `the vendor took the change, and ${seen}`, learned, observed };
}

export const failure = (error: WardenError): ResolvedChange => ({
  outcome: "failed",
  why: `${error.code}: ${error.message}`,
  error,
});

/** After these nobody can know whether the vendor did it. */
const UNSURE_CODES: readonly Code[] = [
  "ERR_VENDOR_FORMAT",
  "ERR_VENDOR_OVERSIZE",
  "ERR_VENDOR_UNAVAILABLE",
  "ERR_VENDOR_UNREACHABLE",
  "ERR_VENDOR_TIMEOUT",
  "ERR_ABORTED",
];

/** Whether the vendor may have done what it was asked. */
export const mayBeDone = (sent: SentChange["sent"]): boolean =>
  sent instanceof WardenError ? UNSURE_CODES.includes(sent.code) : sent === "sent";

/** A profile that may have been written is not live as it is now, whatever it shows later; nor is its secret known. */
export const unsureWrite = (
  { written }: Pick<SubjectHistory, "written">,
  isProfile: boolean,
): NonNullable<ChangeResult["learned"]> =>
  isProfile ? { written: { version: written?.version ?? UNSURE_VERSION, live: false } } : {};

/** A password that the vendor refused is not used again. */
const refusedSecret = (
  { secretVersion }: Pick<Directory, "secretVersion">,
  sent: SentChange["sent"],
): NonNullable<ChangeResult["learned"]> =>
  sent instanceof WardenError && sent.code === "ERR_VENDOR_PASSWORD" ? { refusedSecret: secretVersion } : {};
