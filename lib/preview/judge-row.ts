/** Judges one row of the evidence by both policies, and says who would be changed. */

import { isEnforceable } from "../enforcement/index.ts";
import { type AccountTraits, type Judgement, omitUndefined, type Subject, type Verdict } from "../model/index.ts";
import { mayChange, type Policy, type RecordedSubject, recordedJudge, subjectOnRecord } from "../policy/index.ts";
import type { ReportRow } from "../report/index.ts";
import type { Lacking } from "./model.ts";

/** What one policy says of one row. */
export interface RowVerdict {
  readonly verdict: Verdict;
  readonly why: string;
  readonly rule?: string | undefined;
  readonly requirement?: string | undefined;
  /** A sweep in mode enforce would plan a change of it. */
  readonly wouldChange: boolean;
  readonly unrecorded?: readonly Lacking[] | undefined;
}

export interface ComparedRow {
  readonly was: RowVerdict;
  readonly now: RowVerdict;
}

export interface DirectoryScope {
  readonly directory: string;
  readonly before: Policy;
  readonly after: Policy;
  readonly traits: AccountTraits;
  /** Both entries of the directory are about the same tenant. */
  readonly isSameTenant: boolean;
  /** Milliseconds since 1970; absent: when each account was read. */
  readonly at?: number | undefined;
}

/** A judge of the rows of one directory. */
export function rowJudge(scope: DirectoryScope): (row: ReportRow) => ComparedRow {
  const { directory, before, after, traits, at } = scope;
  const judgeBy = (policy: Policy) => recordedJudge({ directory, policy, recordedBy: before, traits }, at);
  const [judgeBefore, judgeAfter] = [judgeBy(before), judgeBy(after)];
  return (row) => {
    if (row.kind === "profile") return judgeProfile(row, scope);
    const recorded: RecordedSubject = row.verdict === row.read ? row : { ...row, verdict: row.read };
    const subject = subjectOnRecord(recorded, traits);
    const was = at === undefined ? asRead(row) : judgeBefore(recorded, subject);
    const now = scope.isSameTenant ? judgeAfter(recorded, subject) : ELSEWHERE;
    return {
      was: withChange(was, subject, { directory, policy: before }),
      now: withChange(now, subject, { directory, policy: after }),
    };
  };
}

type Judged = Omit<RowVerdict, "wouldChange">;

const ELSEWHERE: Judged = {
  verdict: "unknown",
  why: "The directory has other settings than those by which the run read it.",
  unrecorded: ["settings"],
};

const asRead = ({ read, why, rule, requirement }: ReportRow): Judged => ({ verdict: read, why, rule, requirement });

function withChange(
  judged: Judged,
  subject: Subject,
  { directory, policy }: { readonly directory: string; readonly policy: Policy },
): RowVerdict {
  if (judged.verdict !== "violating") return { ...judged, wouldChange: false };
  const judgement: Judgement = { verdict: judged.verdict, why: judged.why, ...omitUndefined({ rule: judged.rule }) };
  const wouldChange = mayChange(policy, directory) && isEnforceable({ id: directory, policy }, judgement, subject);
  return { ...judged, wouldChange };
}

/** Rules are not about profiles: while the directory's settings are the same, so is the verdict. */
function judgeProfile(row: ReportRow, { directory, before, after, isSameTenant }: DirectoryScope): ComparedRow {
  const was = asRead(row);
  const isOpen = row.read === "violating";
  return {
    was: { ...was, wouldChange: isOpen && mayChange(before, directory) },
    now: isSameTenant
      ? { ...was, wouldChange: isOpen && mayChange(after, directory) }
      : { ...ELSEWHERE, wouldChange: false },
  };
}
