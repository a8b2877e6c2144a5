/** Shows what `explain` found: the facts of one account, how it is judged, and what a sweep would do. */

import type { Fact, Judgement, MfaBypass, NoticeRecord, Subject, SubjectHistory } from "../../lib/model/index.ts";
import { bindingRule, type Policy } from "../../lib/policy/index.ts";
import { FACT_CAVEAT_TEXTS } from "../../lib/report/index.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, type Piece, yellow } from "../terminal/piece.ts";
import { verdictPiece } from "../terminal/verdict-text.ts";
import { factNames } from "./read-subject.ts";

export interface Explanation {
  readonly directory: string;
  readonly subject: Subject;
  readonly judgement: Judgement;
  /** What a sweep in mode enforce would do, in one sentence. */
  readonly sweep: string;
  /** What a person should know before it does. */
  readonly caution?: string;
  /** What the person was told of a coming change, oldest first. */
  readonly notices?: readonly NoticeRecord[];
  /** What we last wrote into this profile. */
  readonly written?: SubjectHistory["written"];
}

export function showExplanation(explanation: Explanation, policy: Policy): void {
  const { directory, subject, written } = explanation;
  const kind = subject.credentialHeld ? "  custodial: your organisation holds its credentials" : "";
  results.line(bold(subject.username), dim(`  ${directory}/${subject.id}`), dim(kind));
  results.line();
  results.table([{ head: "fact" }, { head: "value" }], factRows(subject, written));
  results.line();
  results.table([{ head: "judged" }, { head: "" }], judgementRows(explanation, policy));
}

function judgementRows({ judgement, sweep, caution, notices }: Explanation, policy: Policy): Piece[][] {
  const { why, until, exemption, exemptionNeedless } = judgement;
  const rule = bindingRule(policy, judgement);
  return [
    ["verdict", verdictPiece(judgement)],
    ["why", why],
    ["rule", rule ? `${rule.name}: requires ${rule.require}, enforce ${rule.enforce}` : (judgement.rule ?? "none")],
    ...optionalRow("until", until),
    ...optionalRow("exemption", exemption && `${exemption}${exemptionNeedless ? " (not needed)" : ""}`),
    ...optionalRow("told", notices?.map(({ kind, at, status }) => `${kind} notice ${status} at ${at}`).join("; ")),
    ["a sweep would", sweep],
    ...optionalRow("caution", caution),
  ];
}

const optionalRow = (name: string, value: string | undefined): Piece[][] =>
  value === undefined ? [] : [[name, value]];

function factRows({ facts, profile }: Subject, written: SubjectHistory["written"]): Piece[][] {
  if (!profile) return factNames(facts).map((name) => [name, factPiece(facts[name])]);
  const { wanted, present, differs, used, version, adopt, pushed } = profile;
  return [
    ["named in the policy", String(wanted)],
    ["exists", String(present)],
    ["differs in", valueText(differs)],
    ["in use", factPiece(used)],
    ["adopt", String(adopt)],
    ["pushed by mfa-warden", String(pushed)],
    ["last written", writtenText(written, version)],
  ];
}

/** @param version of the secret as it is stored now */
function writtenText(written: SubjectHistory["written"], version: string | undefined): string {
  if (!written) return "never by mfa-warden";
  const secret = written.version === version ? "the present secret" : "an older version of the secret";
  return `${secret}, ${written.live ? "live" : "not live yet"}`;
}

/** @param fact absent: the vendor has no such thing */
function factPiece(fact: Fact<unknown> | undefined): Piece {
  if (fact === undefined) return "";
  if (!fact.known) return yellow(`not known: ${fact.why}`);
  const notes = [fact.readAt && `as read at ${fact.readAt}.`, fact.caveat && FACT_CAVEAT_TEXTS[fact.caveat]];
  return [valueText(fact.value), ...notes.filter((note) => note !== undefined)].join("; ");
}

function valueText(value: unknown): string {
  if (isBypass(value)) return value.active ? `until ${value.until ?? "somebody ends it"}` : "none";
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? "none" : value.map(itemText).join(", ");
}

const isBypass = (value: unknown): value is MfaBypass =>
  typeof value === "object" && value !== null && "active" in value;

/** A device is named with its method, and whether it can be used. */
function itemText(item: unknown): string {
  if (typeof item !== "object" || item === null || !("method" in item) || !("usable" in item)) return String(item);
  const unknown = "unknownValue" in item ? ` (${item.unknownValue})` : "";
  const name = "name" in item ? ` "${item.name}"` : "";
  return `${item.method}${unknown}${name}${item.usable ? "" : " (not usable)"}`;
}
