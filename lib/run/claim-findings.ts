/** Claims in the ledger what a recipient is about to be told of a directory, so that nobody is told the same twice. */
import type { TeamNoticeRecord } from "../model/index.ts";
import type { Finding, FreshFindings } from "./finding.ts";
import type { RunPorts } from "./ports.ts";
import { TOPICS } from "./team-topics.ts";

/** What one directory has for a recipient, claimed: whoever dies from here on has told it, for all that anybody knows. */
export interface ClaimedFindings extends FreshFindings {
  readonly before: TeamNoticeRecord | undefined;
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
  const known = new Set(before?.facts);
  const facts = findings.map(({ fact }) => fact);
  if (facts.length === known.size && facts.every((fact) => known.has(fact))) return undefined;
  const fresh = findings.filter(({ fact }) => !known.has(fact));
  const isOver = findings.length === 0;
  const record: TeamNoticeRecord = {
    ...told,
    facts,
    at: new Date(clock()).toISOString(),
    status: fresh.length > 0 || (isOver && TOPICS[told.topic].tellsEnd) ? "sending" : "sent",
  };
  if (!(await ledger.saveTeamNotice(directory, before, record))) return undefined;
  return { directory, findings: fresh, isOver, before, claim: record };
}

/** What could not be told is left untold, so that the next run tells it. */
export async function recordEnd(
  ledger: RunPorts["ledger"],
  { directory, before, claim, isOver }: ClaimedFindings,
  isTold: boolean,
): Promise<void> {
  const known = before?.facts ?? [];
  const facts = isOver ? known : known.filter((fact) => claim.facts.includes(fact));
  const end: TeamNoticeRecord = isTold ? { ...claim, status: "sent" } : { ...claim, facts, status: "failed" };
  await ledger.saveTeamNotice(directory, claim, end);
}
