/** The people of the made-up tenant: what happens to them from day to day, and the plain rule that judges them. */

import type { Verdict } from "../../lib/model/index.ts";

export const DAY_MS = 86_400_000;

export const FIRST = Date.parse("2026-01-01T00:00:00Z");

export const dayOf = (day: number): string => new Date(FIRST + day * DAY_MS).toISOString().slice(0, 10);

const GRACE_MS = 2 * DAY_MS;

export interface Account {
  enabled: boolean;
  readonly createdAt: number;
  /** The vendor takes no change for it. */
  refusesChanges: boolean;
}

/** What a plain look at the accounts found; by id. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** Person `n` is exempt for 60 days from the day 20 n. */
export const EXEMPT = Array.from({ length: 10 }, (_, n) => ({ id: `p${n}`, from: 20 * n, until: 20 * n + 59 }));

const isExempt = (id: string, now: number): boolean =>
  EXEMPT.some((one) => one.id === id && FIRST + one.from * DAY_MS <= now && now < FIRST + (one.until + 1) * DAY_MS);

/** The plain rule, against which the product's own is held. */
export function judge(id: string, account: Account, now: number): Verdict {
  if (account.enabled) return "compliant";
  if (isExempt(id, now)) return "exempt";
  return now < account.createdAt + GRACE_MS ? "grace" : "violating";
}

export const verdictsOf = (accounts: ReadonlyMap<string, Account>, now: number): Verdicts =>
  new Map(Array.from(accounts, ([id, account]) => [id, judge(id, account, now)]));

/** Every morning some join, leave, switch off, switch on. */
export function changePeopleDaily(accounts: Map<string, Account>, random: () => number, clock: () => number) {
  let next = 0;
  const join = (enabled: boolean, createdAt: number) =>
    accounts.set(`p${next++}`, { enabled, createdAt, refusesChanges: random() < 0.3 });
  for (let i = 0; i < 40; i++) join(random() < 0.6, FIRST - 30 * DAY_MS);
  return (day: number) => {
    if (day === 0) return;
    for (const [id, account] of accounts) {
      const chance = random();
      if (chance < 0.01) account.enabled = false;
      else if (chance < 0.04) account.enabled = true;
      else if (chance < 0.044 && accounts.size > 30) accounts.delete(id);
    }
    if (random() < 0.25) join(random() < 0.3, clock());
  };
}

/** Who is heard of: some whose switch went off, some who can be helped at last, a newcomer, somebody who has gone. */
export function eventSubjects(accounts: Map<string, Account>, random: () => number, number: number): string[] {
  const off = [...accounts].filter(([, account]) => account.enabled && random() < 0.006);
  for (const [, account] of off) account.enabled = false;
  const willing = [...accounts].filter(
    ([, { enabled, refusesChanges }]) => refusesChanges && !enabled && random() < 0.02,
  );
  for (const [, account] of willing) account.refusesChanges = false;
  const ids = [...off, ...willing].map(([id]) => id);
  if (random() < 0.06) {
    accounts.set(`e${number}`, { enabled: false, createdAt: FIRST - DAY_MS, refusesChanges: random() < 0.3 });
    ids.push(`e${number}`);
  }
  const some = [...accounts.keys()][Math.floor(random() * accounts.size)];
  if (random() < 0.05 && some) {
    accounts.delete(some);
    ids.push(some);
  }
  return [...new Set(ids)];
}
