/** How many changes may still be made: the last 24 hours in hourly counts, over sweeps and events together. */
import type { BudgetStore } from "../model/index.ts";
import { retryOnConflict } from "./conflict.ts";
import type { LedgerContext } from "./context.ts";
import { budgetKey } from "./keys.ts";
import type { Item } from "./table.ts";

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 24;
const MAX_ATTEMPTS = 20;

interface HourCount {
  /** Hours since 1970. */
  readonly hour: number;
  readonly count: number;
}

/** Budgets, an item a scope. */
export function budgetStore(context: LedgerContext): BudgetStore {
  const inTurn = takeTurns();
  return {
    reserveBudget: (scope, wanted, limit) =>
      inTurn(() =>
        rewrite(context, scope, (hours) => {
          const granted = Math.max(0, Math.min(wanted, limit - totalOf(hours)));
          if (granted === 0) return { result: granted };
          return { hours: addTo(hours, hourOf(context), granted), result: granted };
        }),
      ),

    async releaseBudget(scope, unused) {
      if (unused <= 0) return;
      await inTurn(() => rewrite(context, scope, (hours) => ({ hours: takeFrom(hours, unused), result: unused })));
    },

    async countSpentBudget(scope) {
      return totalOf(recentHours(context, await context.table.get(budgetKey(scope))));
    },
  };
}

/** One at a time in this process: they would only fight over the one item. */
function takeTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

interface Rewritten {
  /** Absent: they stay as they are. */
  readonly hours?: readonly HourCount[];
  readonly result: number;
}

/** Writes what `next` makes of the hours, under the condition that nobody else has written. Answers its result. */
function rewrite(context: LedgerContext, scope: string, next: (hours: HourCount[]) => Rewritten): Promise<number> {
  const { table, ulid } = context;
  const version = ulid();
  return retryOnConflict(context, MAX_ATTEMPTS, async () => {
    const item = await table.get(budgetKey(scope));
    // Our own write whose answer was lost: doing it again would count twice.
    if (item?.version === version) return item.result;
    const recent = recentHours(context, item);
    const { hours = hasFutureHours(context, item) ? recent : undefined, result } = next(recent);
    if (!hours) return result;
    const stored = await table.put(
      { ...budgetKey(scope), hours, version, result },
      item ? { when: "#version = :was", values: { was: item.version } } : { when: "attribute_not_exists(pk)" },
    );
    return stored ? result : undefined;
  });
}

const hourOf = ({ clock }: LedgerContext) => Math.floor(clock() / HOUR_MS);

const storedHours = (item: Item | undefined): readonly HourCount[] => item?.hours ?? [];

/**
 * The hour that began 24 hours ago still counts in full: rather too little is granted than too much. An hour of the future, by
 * a clock that was ahead, counts as this one, so that it ends like any other.
 */
function recentHours(context: LedgerContext, item: Item | undefined): HourCount[] {
  const now = hourOf(context);
  return storedHours(item)
    .filter(({ hour }) => hour >= now - WINDOW_HOURS)
    .map(({ hour, count }) => ({ hour: Math.min(hour, now), count }));
}

const hasFutureHours = (context: LedgerContext, item: Item | undefined): boolean =>
  storedHours(item).some(({ hour }) => hour > hourOf(context));

const totalOf = (hours: readonly HourCount[]) => hours.reduce((total, { count }) => total + count, 0);

function addTo(hours: readonly HourCount[], hour: number, count: number): HourCount[] {
  const others = hours.filter((other) => other.hour !== hour);
  const same = hours.filter((other) => other.hour === hour);
  return [...others, { hour, count: totalOf(same) + count }];
}

/** From the newest hour on, and never below nothing. */
function takeFrom(hours: readonly HourCount[], unused: number): HourCount[] {
  let left = unused;
  return hours
    .toSorted((a, b) => b.hour - a.hour)
    .map(({ hour, count }) => {
      const taken = Math.min(count, left);
      left -= taken;
      return { hour, count: count - taken };
    });
}
