/** Judges one MFA server profile by what the policy wants of it: rules and exemptions are about accounts and play no part. */

import type { Judgement, RecordedFacts, ServerProfile, Subject, SubjectHistory, Verdict } from "../model/index.ts";

const UNNAMED: Judgement = Object.freeze({
  verdict: "out-of-scope",
  why: "The policy does not name this profile; it is reported and never touched.",
});

/** In place of a version: something was written from here perhaps, and nobody knows. No secret has such a version. */
export const UNSURE_VERSION = "unsure";

/** In place of masks: they differ at each reading, so they prove nothing. */
export const UNSTABLE_MASKS = "unstable";

type ProfileVerdict = Pick<Judgement, "verdict" | "why">;

/**
 * The first that holds: not named (out of scope) · not there, or a field is not as wanted (violating) · never written by us
 * (unknown, or violating where the policy adopts it) · perhaps written by us (violating) · its secret was rotated since
 * (violating) · not live yet (violating, or pending where a person pushes) · its secrets no longer look as they did after that
 * write (unknown) · nobody knows whether it is used (unknown) · not used (pending) · compliant.
 * The rule it is judged by has a name that no rule of the policy can have.
 */
export function judgeProfile(subject: Subject, profile: ServerProfile, past: SubjectHistory): Judgement {
  if (!profile.wanted) return UNNAMED;
  const found = findProfileFault(profile, past) ?? findProfileDoubt(profile, past) ?? compliant(profile, past);
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
  { present, differs, version, adopt, pushed }: ServerProfile,
  { written }: SubjectHistory,
): ProfileVerdict | undefined {
  if (!present) return profileVerdict("violating", "There is no such profile.");
  if (differs.length > 0) return profileVerdict("violating", `Not as the policy wants it: ${differs.join(", ")}.`);
  if (!written && adopt)
    return profileVerdict("violating", "Its secret was never written from here, and the policy adopts it.");
  if (!written) return NEVER_WRITTEN;
  if (written.version === UNSURE_VERSION)
    return profileVerdict("violating", "What became of the last write from here is not known, so it is written again.");
  if (written.version !== version)
    return profileVerdict("violating", "The secret has a new version since it was written into this profile.");
  if (written.live) return undefined;
  return pushed ? profileVerdict("violating", "It is written and not pushed live yet.") : WAITING;
}

const NEVER_WRITTEN = profileVerdict(
  "unknown",
  "Nobody can tell whether it holds the stored secret; set adopt: true to write it once.",
);
const OTHER_MASKS = profileVerdict(
  "unknown",
  "What is shown of its secret has changed since it was written from here, so it may be somebody else's; give the secret a new version to have it written again.",
);
const WAITING = profileVerdict("pending", "It waits for a person to push it; we cannot see whether that was done.");

function findProfileDoubt({ used, masks }: ServerProfile, { written }: SubjectHistory): ProfileVerdict | undefined {
  const wasShown = written?.masks;
  if (wasShown !== undefined && wasShown !== UNSTABLE_MASKS && wasShown !== masks) return OTHER_MASKS;
  if (!used.known)
    return profileVerdict("unknown", `Whether an authentication profile names it is not known: ${used.why}.`);
  return used.value
    ? undefined
    : profileVerdict("pending", "No authentication profile names it, so it protects nothing.");
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
  { wanted, present, differs, used, version, pushed }: ServerProfile,
  { written }: Pick<SubjectHistory, "written">,
): RecordedFacts => ({
  wanted,
  present,
  differs: differs.toSorted(),
  used: used.known ? used.value : null,
  version,
  pushed,
  written: writtenText(secretState(written, { present, differs })),
});
