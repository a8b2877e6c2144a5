/** Judges one MFA server profile by what the policy wants of it: rules and exemptions are about accounts and play no part. */

import type { Judgement, RecordedFacts, ServerProfile, Subject, SubjectHistory, Verdict } from "../model/index.ts";
import { toIso } from "./deadline.ts";

const UNNAMED: Judgement = Object.freeze({
  verdict: "out-of-scope",
  why: "The policy does not name this profile; it is reported and never touched.",
});

/** In place of a version: something was written from here perhaps, and nobody knows. No secret has such a version. */
export const UNSURE_VERSION = "unsure";

/** In place of masks: they differ at each reading, so they prove nothing. */
export const UNSTABLE_MASKS = "unstable";

/** How long a profile may wait for a person, as `enrolWithin` is by default. */
const ENROL_WITHIN_DAYS = 14;

type ProfileVerdict = Pick<Judgement, "verdict" | "why" | "until" | "needsPerson">;

/**
 * The first that holds: not named (out of scope) · not there (violating) · not to be compared (unknown) · a field is not as wanted
 * (violating) · never written by us
 * (unknown, or violating where the policy adopts it) · perhaps written by us (violating) · its secret was rotated since
 * (violating) · not live yet (violating, or waiting where a person pushes) · its secrets no longer look as they did after that
 * write (unknown) · nobody knows whether it is used (unknown) · not used (waiting) · compliant. What waits for a person is pending for 14 days, then violating.
 * The rule it is judged by has a name that no rule of the policy can have.
 */
export function judgeProfile(subject: Subject, profile: ServerProfile, past: SubjectHistory, now: number): Judgement {
  if (!profile.wanted) return UNNAMED;
  const found =
    findProfileFault(profile, past, now) ?? findProfileDoubt(profile, past, now) ?? compliant(profile, past);
  return { ...found, rule: `servers/${subject.username}`, requirement: "profile" };
}

/** Whether a secret that is only shown masked is still ours, the verdict says as far as that can be seen. */
function compliant({ masks }: ServerProfile, { written }: SubjectHistory): ProfileVerdict {
  const why = "The profile is as wanted, live, and in use";
  if (written?.masks === UNSTABLE_MASKS)
    return profileVerdict(
      "compliant",
      `${why}; its secret is shown otherwise at each reading, so its masks prove nothing.`,
    );
  if (written?.masks === undefined && masks !== undefined)
    return profileVerdict("compliant", `${why}; how its secret looked after our write is not on record.`);
  return profileVerdict("compliant", `${why}.`);
}

const profileVerdict = (verdict: Verdict, why: string): ProfileVerdict => ({ verdict, why });

function findProfileFault(
  { present, differs, unreadable, version, adopt, pushed }: ServerProfile,
  past: SubjectHistory,
  now: number,
): ProfileVerdict | undefined {
  const { written } = past;
  if (!present) return profileVerdict("violating", "There is no such profile.");
  if (unreadable !== undefined) return profileVerdict("unknown", `It cannot be compared: ${unreadable}.`);
  if (differs.length > 0) return profileVerdict("violating", `Not as the policy wants it: ${differs.join(", ")}.`);
  if (!written && adopt)
    return profileVerdict("violating", "Its secret was never written from here, and the policy adopts it.");
  if (!written) return NEVER_WRITTEN;
  if (written.version === UNSURE_VERSION)
    return profileVerdict("violating", "What became of the last write from here is not known, so it is written again.");
  if (written.version !== version)
    return profileVerdict("violating", "The secret has a new version since it was written into this profile.");
  if (written.live) return undefined;
  return pushed
    ? profileVerdict("violating", "It is written and not pushed live yet.")
    : waiting(NOT_PUSHED, past, now);
}

const NEVER_WRITTEN = profileVerdict(
  "unknown",
  "Nobody can tell whether it holds the stored secret; set adopt: true to write it once.",
);
const OTHER_MASKS = profileVerdict(
  "unknown",
  "What is shown of its secret has changed since it was written from here, so it may be somebody else's; give the secret a new version to have it written again.",
);

/** What to say while there is time, and after that. */
interface Wait {
  readonly inTime: string;
  readonly overdue: string;
}

const NOT_PUSHED: Wait = {
  inTime: "It waits for a person to push it; we cannot see whether that was done.",
  overdue: `It has waited for a person to push it for more than ${ENROL_WITHIN_DAYS} days; we cannot see whether that was done.`,
};
const NOT_USED: Wait = {
  inTime: "No authentication profile names it, so it protects nothing.",
  overdue: `No authentication profile names it, so it protects nothing; the ${ENROL_WITHIN_DAYS} days since it was written are over.`,
};

/** Counted from the last write. A time of the future counts as now. */
function waiting({ inTime, overdue }: Wait, { writtenAt }: SubjectHistory, now: number): ProfileVerdict {
  const began = writtenAt === undefined ? now : Math.min(Date.parse(writtenAt), now);
  const deadline = began + ENROL_WITHIN_DAYS * MS_A_DAY;
  if (now >= deadline) return { ...profileVerdict("violating", overdue), needsPerson: true };
  return { ...profileVerdict("pending", inTime), until: toIso(deadline), needsPerson: true };
}

const MS_A_DAY = 86_400_000;

function findProfileDoubt(
  { used, masks }: ServerProfile,
  past: SubjectHistory,
  now: number,
): ProfileVerdict | undefined {
  const wasShown = past.written?.masks;
  if (wasShown !== undefined && wasShown !== UNSTABLE_MASKS && wasShown !== masks) return OTHER_MASKS;
  if (!used.known)
    return profileVerdict("unknown", `Whether an authentication profile names it is not known: ${used.why}.`);
  return used.value ? undefined : waiting(NOT_USED, past, now);
}

/** What is left of the last write where the profile is seen so: nothing of one that is gone; what differs is not live. */
export function secretState(
  written: SubjectHistory["written"],
  { present, differs }: RecordedFacts,
): SubjectHistory["written"] {
  if (present === false) return undefined;
  return written && Array.isArray(differs) && differs.length > 0 ? { ...written, live: false } : written;
}

const writtenText = (written: SubjectHistory["written"]): string =>
  written ? `${written.version} (${written.live ? "live" : "not live"})` : "never";

/** What the verdict rests on. Versions are opaque and tell nothing of a secret. */
export const profileFactsOnRecord = (
  { wanted, present, differs, unreadable, used, version, pushed }: ServerProfile,
  { written }: Pick<SubjectHistory, "written">,
): RecordedFacts => ({
  wanted,
  present,
  differs: unreadable === undefined ? differs.toSorted() : null,
  used: used.known ? used.value : null,
  version,
  pushed,
  written: writtenText(secretState(written, { present, differs })),
});
