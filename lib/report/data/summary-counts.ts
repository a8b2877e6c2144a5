/** The counts of a summary: by verdict, directory, rule, outcome, and by what open subjects have in common. */

import {
  noVerdicts,
  OUTCOMES,
  type Outcome,
  omitUndefined,
  VERDICTS,
  type Verdict,
  type VerdictCounts,
} from "../../model/index.ts";
import type { Policy } from "../../policy/index.ts";
import type { Accumulator } from "./accumulator.ts";
import { boundedKinds, MAX_KINDS, OTHER_REASONS } from "./kinds.ts";
import type { ReportHead, ReportRow, SweptDirectory } from "./model.ts";
import { type Remediation, remediationClassifier } from "./remediation.ts";

/** Subjects of one directory. */
export interface DirectorySummary {
  readonly id: string;
  readonly vendor: string;
  readonly counts: VerdictCounts;
}

/** Subjects that one rule binds; without a name: that none does. */
export interface RuleSummary {
  readonly rule?: string;
  readonly requirement?: string;
  readonly counts: VerdictCounts;
}

/** Subjects that are open for the same reason and of whom the same is being done. */
export interface OpenGroup {
  readonly verdict: Verdict;
  readonly why: string;
  readonly remediation: Remediation;
  readonly count: number;
  /** Since when the first of them is open; ISO 8601. */
  readonly oldest: string;
}

export const sumCounts = (counts: VerdictCounts): number => VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);

export function countVerdicts(verdictOf: (row: ReportRow) => Verdict): Accumulator<ReportRow, VerdictCounts> {
  const counts = noVerdicts();
  return {
    add(row) {
      counts[verdictOf(row)]++;
    },
    end: () => counts,
  };
}

/** Every swept directory has its place, also one without a subject. */
export function countByDirectory(
  swept: readonly SweptDirectory[],
): Accumulator<ReportRow, readonly DirectorySummary[]> {
  const directories = new Map(
    swept.map(({ record: { id, vendor } }) => [id, { id, vendor, counts: noVerdicts() }] as const),
  );
  return {
    add({ directory, verdict }) {
      const found = directories.get(directory);
      if (found) found.counts[verdict]++;
    },
    end: () => [...directories.values()],
  };
}

/** In the order of the policy, since the first rule that matches binds; subjects without a rule come last. */
export function countByRule(policy: Policy | undefined): Accumulator<ReportRow, readonly RuleSummary[]> {
  const rules = boundedKinds<ReturnType<typeof ruleCounts>>();
  const addRule = (rule: string | undefined, requirement: string | undefined) =>
    rules.add(
      rule ?? "",
      () => ruleCounts(rule, requirement),
      "",
      () => ruleCounts("other rules", undefined),
    );
  const place = ({ rule }: RuleSummary): number => {
    const index = policy?.rules.findIndex(({ name }) => name === rule) ?? -1;
    return index >= 0 ? index : rule === undefined ? Number.MAX_SAFE_INTEGER : MAX_KINDS;
  };
  return {
    add({ rule, requirement, verdict }) {
      const known = rules.get(rule ?? "") ?? addRule(rule, requirement);
      known.counts[verdict]++;
    },
    end: () => rules.values().toSorted((a, b) => place(a) - place(b)),
  };
}

const ruleCounts = (rule: string | undefined, requirement: string | undefined) => ({
  ...omitUndefined({ rule, requirement }),
  counts: noVerdicts(),
});

export function countOutcomes(): Accumulator<ReportRow, Readonly<Record<Outcome, number>>> {
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  return {
    add({ outcome }) {
      if (outcome) outcomes[outcome]++;
    },
    end: () => outcomes,
  };
}

/** The reasons of rows, the most frequent first. */
export function countReasons(): Accumulator<ReportRow, readonly { readonly why: string; readonly count: number }[]> {
  const reasons = boundedKinds<{ readonly why: string; count: number }>();
  const addReason = (why: string) =>
    reasons.add(
      why,
      () => ({ why, count: 0 }),
      "",
      () => ({ why: OTHER_REASONS, count: 0 }),
    );
  return {
    add({ why }) {
      const known = reasons.get(why) ?? addReason(why);
      known.count++;
    },
    end: () => reasons.values().toSorted((a, b) => b.count - a.count),
  };
}

/** Planned changes that came to the same, for the same reason. */
export interface ChangeReason {
  readonly remediation: Remediation;
  /** Empty where nothing was tried. */
  readonly why: string;
  readonly count: number;
}

/** Why planned changes are not enforced, the most frequent first. */
export function countChangeReasons(
  head: ReportHead,
  policy: Policy | undefined,
): Accumulator<ReportRow, readonly ChangeReason[]> {
  const reasons = boundedKinds<{ -readonly [K in keyof ChangeReason]: ChangeReason[K] }>();
  const classify = remediationClassifier(head, policy);
  return {
    add(row) {
      const remediation = classify({ ...row, verdict: row.read });
      const why = row.outcomeWhy ?? "";
      const make = (text: string) => () => ({ remediation, why: text, count: 0 });
      const key = `${remediation}\0${why}`;
      const known = reasons.get(key) ?? reasons.add(key, make(why), remediation, make(OTHER_REASONS));
      known.count++;
    },
    end: () => reasons.values().toSorted((a, b) => b.count - a.count),
  };
}

/** Open rows by verdict, remediation and reason, the largest group first. */
export function groupOpenRows(
  head: ReportHead,
  policy: Policy | undefined,
): Accumulator<ReportRow, readonly OpenGroup[]> {
  const groups = boundedKinds<{ -readonly [K in keyof OpenGroup]: OpenGroup[K] }>();
  const classify = remediationClassifier(head, policy);
  const addGroup = (key: string, group: OpenGroup) =>
    groups.add(
      key,
      () => group,
      group.verdict,
      () => ({ ...group, why: OTHER_REASONS }),
    );
  return {
    add(row) {
      const { verdict, since } = row;
      const remediation = classify(row);
      const why = openReason(row);
      const key = `${verdict}\0${remediation}\0${why}`;
      const group = groups.get(key) ?? addGroup(key, { verdict, why, remediation, count: 0, oldest: since });
      group.count++;
      if (since < group.oldest) group.oldest = since;
    },
    end: () => groups.values().toSorted((a, b) => b.count - a.count || (a.oldest < b.oldest ? -1 : 1)),
  };
}

/** Why a change did not help says more than why it was due; that it was made is no reason for what is still open. */
const openReason = ({ outcome, outcomeWhy, why }: ReportRow): string =>
  outcome === undefined || REASONS_STAY.has(outcome) ? why : (outcomeWhy ?? why);

const REASONS_STAY: ReadonlySet<Outcome> = new Set(["enforced", "already", "needs-user"]);
