/** Folds the rows of a run into what fits on a page, however many there are: counts, and the worst of each kind. */

import { noVerdicts, OUTCOMES, type Outcome, VERDICTS, type Verdict } from "../../model/index.ts";
import { type Bounded, bounded } from "./bounded.ts";
import { openRegister, type Register } from "./exemption-register.ts";
import type { Gathered } from "./gather.ts";
import type { ReportRow } from "./model.ts";
import { type Doing, doings } from "./remediation.ts";

type Counts = Record<Verdict, number>;

/** Subjects of one directory. */
export interface DirectorySummary {
  readonly id: string;
  readonly vendor: string;
  readonly counts: Readonly<Counts>;
}

/** Subjects that one rule binds; without a name: that none does. */
export interface RuleSummary {
  readonly rule?: string;
  readonly requirement?: string;
  readonly counts: Readonly<Counts>;
}

/** Subjects that are open for the same reason and of whom the same is being done. */
export interface Group {
  readonly verdict: Verdict;
  readonly why: string;
  readonly doing: Doing;
  readonly count: number;
  /** ISO 8601. */
  readonly oldest: string;
}

/** A list that is cut, and how many there are. */
export interface Listed<T> {
  readonly count: number;
  readonly first: readonly T[];
}

export interface Summary {
  readonly subjects: number;
  /** With the outcomes of the run taken in. */
  readonly counts: Readonly<Counts>;
  /** As read. */
  readonly read: Readonly<Counts>;
  readonly directories: readonly DirectorySummary[];
  readonly rules: readonly RuleSummary[];
  /** Violating and unknown, oldest first. */
  readonly open: Listed<ReportRow>;
  readonly groups: readonly Group[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Those that did not take first, then by account. */
  readonly changes: Listed<ReportRow>;
  /** Why subjects are out of scope; the most frequent first. */
  readonly outside: readonly { readonly why: string; readonly count: number }[];
  readonly exempt: Listed<ReportRow>;
  readonly register: Register;
  readonly custodial: Listed<ReportRow>;
  readonly profiles: Listed<ReportRow>;
}

export interface Summarizer {
  add(rows: readonly ReportRow[]): void;
  end(): Summary;
}

const LISTED = 200;
/** Distinct reasons and rules that are told apart; a policy has fewer rules, and a vendor fewer reasons. */
const KINDS = 500;

/** Needs the same memory for ten rows and for ten million. */
export function summarize({ head, policy, sources }: Pick<Gathered, "head" | "policy" | "sources">): Summarizer {
  const [counts, read] = [noVerdicts(), noVerdicts()];
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const directories = new Map(sources.map(({ record }) => [record.id, { ...nameOf(record), counts: noVerdicts() }]));
  const rules = new Map<string, { rule?: string; requirement?: string; counts: Counts }>();
  const groups = new Map<string, { -readonly [K in keyof Group]: Group[K] }>();
  const outside = new Map<string, number>();
  const doing = doings(head, policy);
  const open = listing(byAge);
  const changes = listing(byOutcome);
  const exempt = listing(byAge);
  const custodial = listing(byId);
  const profiles = listing(byId);
  const register = openRegister(policy, head);

  function add(row: ReportRow): void {
    const { verdict, rule, requirement, outcome } = row;
    counts[verdict]++;
    read[row.read]++;
    const directory = directories.get(row.directory);
    if (directory) directory.counts[verdict]++;
    const bound = rules.get(rule ?? "") ?? kind(rules, rule ?? "", () => ruleOf(rule, requirement));
    (bound ?? other(rules, "", () => ruleOf("other rules", undefined))).counts[verdict]++;
    register.see(row);
    if (verdict === "violating" || verdict === "unknown") addOpen(row);
    if (verdict === "exempt") exempt.add(row);
    if (verdict === "out-of-scope") addOutside(row.why);
    if (outcome) outcomes[outcome]++;
    if (outcome) changes.add(row);
    if (row.custodial) custodial.add(row);
    if (row.kind === "profile") profiles.add(row);
  }

  function addOpen(row: ReportRow): void {
    open.add(row);
    const { verdict, since } = row;
    const done = doing(row);
    const why = row.outcome && row.outcome !== "needs-user" ? (row.outcomeWhy ?? row.why) : row.why;
    const key = `${verdict}\0${done}\0${why}`;
    const make = () => ({ verdict, why, doing: done, count: 0, oldest: since });
    const group = kind(groups, key, make) ?? other(groups, verdict, () => ({ ...make(), why: OTHER }));
    group.count++;
    if (since < group.oldest) group.oldest = since;
  }

  function addOutside(why: string): void {
    const key = outside.has(why) || outside.size < KINDS ? why : OTHER;
    outside.set(key, (outside.get(key) ?? 0) + 1);
  }

  return {
    add(rows) {
      for (const row of rows) add(row);
    },
    end: () => ({
      subjects: total(counts),
      ...{ counts, read, outcomes },
      directories: [...directories.values()],
      rules: [...rules.values()].toSorted((a, b) => place(policy, a.rule) - place(policy, b.rule)),
      groups: [...groups.values()].toSorted((a, b) => b.count - a.count || (a.oldest < b.oldest ? -1 : 1)),
      outside: Array.from(outside, ([why, count]) => ({ why, count })).toSorted((a, b) => b.count - a.count),
      ...{ open: open.end(), changes: changes.end(), exempt: exempt.end() },
      ...{ custodial: custodial.end(), profiles: profiles.end() },
      register: register.end(),
    }),
  };
}

const OTHER = "Other reasons; the tables have them.";

const nameOf = ({ id, vendor }: { readonly id: string; readonly vendor: string }) => ({ id, vendor });
const ruleOf = (rule: string | undefined, requirement: string | undefined) => ({
  ...(rule === undefined ? {} : { rule }),
  ...(requirement === undefined ? {} : { requirement }),
  counts: noVerdicts(),
});

/** One of its kind; `undefined` for a new kind when there are too many already. */
function kind<T>(kinds: Map<string, T>, key: string, make: () => T): T | undefined {
  return kinds.get(key) ?? (kinds.size < KINDS ? keep(kinds, key, make()) : undefined);
}

/** What stands for all that came when there were too many kinds. */
const other = <T>(kinds: Map<string, T>, key: string, make: () => T): T =>
  kinds.get(`\0${key}`) ?? keep(kinds, `\0${key}`, make());

function keep<T>(kinds: Map<string, T>, key: string, made: T): T {
  kinds.set(key, made);
  return made;
}

/** As the policy orders them, since the first that matches binds; what no rule binds comes last. */
function place(policy: Gathered["policy"], rule: string | undefined): number {
  const index = policy?.rules.findIndex(({ name }) => name === rule) ?? -1;
  return index >= 0 ? index : rule === undefined ? Number.MAX_SAFE_INTEGER : KINDS;
}

export const total = (counts: Readonly<Counts>): number => VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);

function listing(compare: (a: ReportRow, b: ReportRow) => number) {
  const kept: Bounded<ReportRow> = bounded(LISTED, compare);
  let count = 0;
  return {
    add(row: ReportRow): void {
      count++;
      kept.add(row);
    },
    end: (): Listed<ReportRow> => ({ count, first: kept.list() }),
  };
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: ReportRow, b: ReportRow) => order(a.directory, b.directory) || order(a.id, b.id);
const byAge = (a: ReportRow, b: ReportRow) => order(a.since, b.since) || byId(a, b);

const WORST: readonly Outcome[] = ["failed", "unverified", "refused", "staged", "needs-user", "enforced", "already"];
const rank = ({ outcome }: ReportRow) => (outcome === undefined ? WORST.length : WORST.indexOf(outcome));
const byOutcome = (a: ReportRow, b: ReportRow) => rank(a) - rank(b) || byId(a, b);
