/** What stands of one subject, and of one rule, in a SARIF file. */

import { createHash } from "node:crypto";
import type { ReportRow } from "../data/index.ts";
import { shorten } from "./text.ts";
import { checkTitle, FINDING_TITLES, remedyText, WOULD_BE_CHANGED } from "./vocabulary.ts";

/** Where findings point: GitHub shows none without a file. */
export interface PolicyLocation {
  /** The policy file as the repository has it, with slashes. */
  readonly file: string;
  /** By the name of a rule, from 1; a rule that is not there points at the first line. */
  readonly ruleLines: ReadonlyMap<string, number>;
}

/** Rules of the policy have no slash in their names. */
export const INCOMPLETE_RULE = "mfa-warden/incomplete-run";
export const UNLISTED_RULE = "mfa-warden/not-listed";
const NO_RULE = "mfa-warden/no-rule";

export const ruleIdOf = ({ rule }: ReportRow): string => rule ?? NO_RULE;

const LEVELS = { violating: "error", unknown: "warning" } as const;

/** @param verdict of the row */
export function subjectResult(row: ReportRow, verdict: "violating" | "unknown", policy: PolicyLocation): object {
  const { directory, id, username, requirement, since } = row;
  const account = `${directory}/${shorten(id, 300)}`;
  return {
    ruleId: ruleIdOf(row),
    level: LEVELS[verdict],
    message: { text: messageText(row, verdict) },
    locations: [{ ...locationOf(row.rule, policy), logicalLocations: [logicalLocation(username, account)] }],
    // GitHub knows alerts again by this key alone, and would take all of one line for one.
    partialFingerprints: { primaryLocationLineHash: fingerprintOf([directory, id, ruleIdOf(row)]) },
    properties: { directory, account, verdict, requirement, since },
  };
}

const logicalLocation = (username: string, fullyQualifiedName: string) => ({
  name: shorten(username, 300),
  fullyQualifiedName,
  kind: "resource",
});

function messageText(
  { username, why, outcome, outcomeWhy, since, planned, ...row }: ReportRow,
  verdict: "violating" | "unknown",
): string {
  const tried = outcome === undefined ? "" : ` Tried: ${outcome}${outcomeWhy ? ` (${outcomeWhy})` : ""}.`;
  const due = planned ? ` ${WOULD_BE_CHANGED}` : "";
  const who = `${shorten(username, 300)} (${row.directory}/${shorten(row.id, 300)})`;
  return literal(shorten(`${who}: ${FINDING_TITLES[verdict]}. ${why}${tried}${due} Since ${since}.`, 1_500));
}

/** Braces are placeholders in a SARIF message, and brackets may be links. */
export const literal = (text: string): string => text.replace(/[[\]\\]/g, "\\$&").replace(/[{}]/g, "$&$&");

export const locationOf = (rule: string | undefined, { file, ruleLines }: PolicyLocation) => ({
  physicalLocation: {
    artifactLocation: { uri: encodeURI(file) },
    region: { startLine: ruleLines.get(rule ?? "") ?? 1 },
  },
});

/** Of the form that GitHub computes itself. */
export const fingerprintOf = (parts: readonly string[]): string =>
  `${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)}:1`;

/** What GitHub takes for how bad it is: high. */
const SECURITY_SEVERITY = "8.0";

/** A rule of the policy. */
export const ruleDescriptor = (id: string, requirement: string | undefined): object => ({
  ...descriptor(id, id === NO_RULE ? "No rule binds the account" : checkTitle(requirement), remedyText(requirement)),
  defaultConfiguration: { level: "error" },
});

/** A rule of the format itself. */
export const noticeDescriptor = (id: string, title: string): object => ({
  ...descriptor(id, title, "Read the report of the run."),
  defaultConfiguration: { level: "error" },
});

const descriptor = (id: string, title: string, remedy: string) => ({
  id,
  name: id,
  shortDescription: { text: `${id}: ${title}` },
  fullDescription: { text: title },
  help: { text: remedy },
  properties: { tags: ["security", "mfa"], "security-severity": SECURITY_SEVERITY },
});
