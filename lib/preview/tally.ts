/** Counts what two policies say of every row, and keeps the first accounts of each effect. */

import { noVerdicts, omitUndefined, type Verdict } from "../model/index.ts";
import type { Rule } from "../policy/index.ts";
import type { ReportRow } from "../report/index.ts";
import type { ComparedRow, RowVerdict } from "./judge-row.ts";
import { type AccountChange, type CountedAccounts, EFFECTS, type Effect, type Lacking, type Shift } from "./model.ts";
import { strengthOf } from "./rule-changes.ts";

/** What all rows come to. */
export interface Tallied {
  readonly total: Shift;
  readonly directories: ReadonlyMap<string, Shift>;
  /** By the name of the rule; "" stands for none. */
  readonly rules: ReadonlyMap<string, Shift>;
  readonly effects: Readonly<Record<Effect, CountedAccounts>>;
  readonly unrecorded: { readonly count: number; readonly by: Readonly<Partial<Record<Lacking, number>>> };
}

interface OpenShift {
  readonly before: Record<Verdict, number>;
  readonly after: Record<Verdict, number>;
  readonly wouldChange: { before: number; after: number };
}

const noShift = (): OpenShift => ({
  before: noVerdicts(),
  after: noVerdicts(),
  wouldChange: { before: 0, after: 0 },
});

interface OpenList {
  count: number;
  readonly first: AccountChange[];
}

const noEffects = () =>
  Object.fromEntries(EFFECTS.map((effect): [Effect, OpenList] => [effect, { count: 0, first: [] }])) as Record<
    Effect,
    OpenList
  >;

/** @param listed at most so many accounts are kept of each effect */
export function tallyRows(listed: number): {
  add(row: ReportRow, compared: ComparedRow): void;
  readonly end: () => Tallied;
} {
  const total = noShift();
  const [directories, rules] = [new Map<string, OpenShift>(), new Map<string, OpenShift>()];
  const effects = noEffects();
  const by = new Map<Lacking, number>();
  let unrecorded = 0;
  return {
    add(row, compared) {
      const { was, now } = compared;
      for (const [shifts, before, after] of [
        [directories, row.directory, row.directory],
        [rules, was.rule ?? "", now.rule ?? ""],
      ] as const) {
        countIn(shiftOf(shifts, before), "before", was);
        countIn(shiftOf(shifts, after), "after", now);
      }
      countIn(total, "before", was);
      countIn(total, "after", now);
      if (was.verdict !== "unknown" && now.verdict === "unknown" && now.unrecorded) {
        unrecorded++;
        for (const name of now.unrecorded) by.set(name, (by.get(name) ?? 0) + 1);
      }
      for (const effect of effectsOn(was, now)) {
        const list = effects[effect];
        list.count++;
        if (list.first.length < listed) list.first.push(accountChange(row, compared));
      }
    },
    end: () => ({
      total,
      directories,
      rules,
      effects,
      unrecorded: { count: unrecorded, by: Object.fromEntries(by) },
    }),
  };
}

function shiftOf(shifts: Map<string, OpenShift>, key: string): OpenShift {
  const known = shifts.get(key);
  if (known) return known;
  const made = noShift();
  shifts.set(key, made);
  return made;
}

function countIn(shift: OpenShift, side: "before" | "after", { verdict, wouldChange }: RowVerdict): void {
  shift[side][verdict]++;
  if (wouldChange) shift.wouldChange[side]++;
}

/** Most rows have none: both policies say the same of them. */
function effectsOn(was: RowVerdict, now: RowVerdict): Effect[] {
  const effects: Effect[] = [];
  if (!was.wouldChange && now.wouldChange) effects.push("wouldChange");
  if (was.wouldChange && !now.wouldChange && now.verdict !== "unknown") effects.push("noLongerChanged");
  const difference = strengthDifference(was, now);
  if (difference !== 0 && now.verdict !== "out-of-scope" && was.verdict !== "out-of-scope")
    effects.push(difference < 0 ? "lessRequired" : "moreRequired");
  if (was.verdict === now.verdict) return effects;
  if (was.verdict === "out-of-scope") effects.push("enteredScope");
  const effect = BY_VERDICT[now.verdict];
  if (effect !== "givenTime" || was.verdict === "violating") effects.push(effect);
  return effects;
}

const BY_VERDICT: Readonly<Record<Verdict, Effect>> = {
  compliant: "compliant",
  violating: "violating",
  exempt: "exempt",
  unknown: "unknown",
  "out-of-scope": "leftScope",
  grace: "givenTime",
  pending: "givenTime",
};

/** 0 where one of them is not known. */
function strengthDifference(was: RowVerdict, now: RowVerdict): number {
  const [before, after] = [was.requirement, now.requirement].map(strength);
  return before === undefined || after === undefined ? 0 : after - before;
}

const strength = (requirement: string | undefined): number | undefined =>
  requirement === undefined || requirement === "profile" ? undefined : strengthOf(requirement as Rule["require"]);

const accountChange = ({ directory, id, username }: ReportRow, { was, now }: ComparedRow): AccountChange => ({
  directory,
  id,
  username,
  was: was.verdict,
  now: now.verdict,
  ...omitUndefined({ wasRule: was.rule, rule: now.rule }),
  why: now.why,
});
