/** Which way a change goes: it switches on, or it puts back as it was. */

import type { Directory, RecordedFacts, Revert, Subject } from "../model/index.ts";
import { isEnforced, wasEnforced } from "./context.ts";

export type Direction = "enforce" | "revert";

/** Of a change, or of a claim that stands for one. */
export const directionOf = ({ revert }: { readonly revert?: Revert | undefined }): Direction =>
  revert === undefined ? "enforce" : "revert";

/** Whether what a change is to bring about shows. */
export const showsChange = (direction: Direction, subject: Subject): boolean =>
  direction === "enforce" ? isEnforced(subject) : isOff(subject);

/** No profile is ever put back. */
const isOff = ({ profile, facts }: Subject): boolean =>
  profile === undefined && facts.enabled.known && !facts.enabled.value;

/** Whether it may have shown before the change, so that showing now proves nothing. */
export const mayHaveShown = (direction: Direction, before: RecordedFacts): boolean =>
  direction === "enforce" ? wasEnforced(before) : before.enabled !== true;

/** Why a change cannot be put back, as the vendor's part of the product says; calls nobody. */
export function whyNotReverted(directory: Directory, subject: Subject, to: RecordedFacts): string | undefined {
  const why = directory.whyNotReverted?.(subject, to);
  return directory.revert ? why : (why ?? "nothing that was changed in this directory can be put back");
}
