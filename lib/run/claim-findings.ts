/** Claims in the ledger what a recipient is about to be told of a directory, so that nobody is told the same twice. */
import type { TeamNoticeRecord } from "../model/index.ts";
import type { Finding, FreshFindings } from "./finding.ts";
import type { RunPorts } from "./ports.ts";
import { TOPICS } from "./team-topics.ts";

/** A claim of this age is nobody's any more: whether its message went out nobody knows, and twice is better than never. */
const MAX_CLAIM_AGE_MS = 15 * 60_000;

/** What one directory has for a recipient, claimed: for some minutes nobody else tells it. */
export interface ClaimedFindings extends FreshFindings {
  /** Facts that were told before. */
  readonly known: readonly string[];
  readonly claim: TeamNoticeRecord;
}

interface DirectoryFindings {
  readonly directory: string;
  readonly findings: readonly Finding[];
  readonly before: TeamNoticeRecord | undefined;
}

/** `undefined`: nothing has changed, or another run tells of it. */
export async function claimFindings(
  { ledger, clock }: RunPorts,
  told: Pick<TeamNoticeRecord, "topic" | "recipient" | "run">,
  { directory, findings, before }: DirectoryFindings,
): Promise<ClaimedFindings | undefined> {
  const isLeft = before !== undefined && isLeftBehind(before, clock());
  const known = isLeft ? [] : (before?.facts ?? []);
  const facts = findings.map(({ fact }) => fact);
  if (!isLeft && facts.length === known.length && facts.every((fact) => known.includes(fact))) return undefined;
  const fresh = findings.filter(({ fact }) => !known.includes(fact));
  const isOver = findings.length === 0;
  const record: TeamNoticeRecord = {
    ...told,
    facts,
    at: new Date(clock()).toISOString(),
    status: fresh.length > 0 || (isOver && TOPICS[told.topic].tellsEnd) ? "sending" : "sent",
  };
  if (!(await ledger.saveTeamNotice(directory, before, record))) return undefined;
  return { directory, findings: fresh, isOver, known, claim: record };
}

/** Whether whoever made this claim died before its end was recorded. */
const isLeftBehind = ({ status, at }: TeamNoticeRecord, now: number): boolean =>
  status === "sending" && Math.abs(now - Date.parse(at)) > MAX_CLAIM_AGE_MS;

/** What could not be told is left untold, so that the next run tells it. */
export async function recordEnd(
  ledger: RunPorts["ledger"],
  { directory, known, claim, isOver }: ClaimedFindings,
  isTold: boolean,
): Promise<void> {
  const facts = isOver ? known : known.filter((fact) => claim.facts.includes(fact));
  const end: TeamNoticeRecord = isTold ? { ...claim, status: "sent" } : { ...claim, facts, status: "failed" };
  await ledger.saveTeamNotice(directory, claim, end);
}
