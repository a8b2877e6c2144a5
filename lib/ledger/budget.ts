/** How many changes may still be made: the last 24 hours in hourly counts, over sweeps and events together. */
import type { BudgetPart, BudgetStore } from "../model/index.ts";
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
  /** How many of them were made in each directory. Absent in what an earlier version wrote. */
  readonly directories?: Readonly<Record<string, number>>;
}

/** Budgets, an item a scope. */
export function budgetStore(context: LedgerContext): BudgetStore {
  const inTurn = takeTurns();
  return {
    reserveBudget: (scope, wanted, limit, { directory, limit: ownLimit = limit }: Partial<BudgetPart> = {}) =>
      inTurn(() =>
        rewrite(context, scope, (hours) => {
          const own = directory === undefined ? limit : ownLimit - totalOf(hours, directory);
          const granted = Math.max(0, Math.min(wanted, limit - totalOf(hours), own));
          if (granted === 0) return { result: granted };
          return { hours: addTo(hours, { hour: hourOf(context), count: granted, directory }), result: granted };
        }),
      ),

    async releaseBudget(scope, unused, directory) {
      if (unused <= 0) return;
      await inTurn(() =>
        rewrite(context, scope, (hours) => ({ hours: takeFrom(hours, unused, directory), result: unused })),
      );
    },

    async countSpentBudget(scope, directory) {
      return totalOf(recentHours(context, await context.table.get(budgetKey(scope))), directory);
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
    .map((counted) => ({ ...counted, hour: Math.min(counted.hour, now) }));
}

const hasFutureHours = (context: LedgerContext, item: Item | undefined): boolean =>
  storedHours(item).some(({ hour }) => hour > hourOf(context));

/** All changes, or those of one directory. */
const totalOf = (hours: readonly HourCount[], directory?: string): number =>
  hours.reduce((total, counted) => total + countOf(counted, directory), 0);

const countOf = ({ count, directories = {} }: HourCount, directory?: string): number =>
  directory === undefined ? count : (directories[directory] ?? 0);

interface Granted {
  readonly hour: number;
  readonly count: number;
  readonly directory: string | undefined;
}

function addTo(hours: readonly HourCount[], { hour, count, directory }: Granted): HourCount[] {
  const others = hours.filter((other) => other.hour !== hour);
  const same = hours.filter((other) => other.hour === hour);
  const directories = same.flatMap((counted) => Object.entries(counted.directories ?? {}));
  if (directory !== undefined) directories.push([directory, count]);
  return [...others, { hour, count: totalOf(same) + count, directories: sumByName(directories) }];
}

function sumByName(counts: readonly (readonly [name: string, count: number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** From the newest hour on, and never below nothing. What a directory gives back, only its own hours had. */
function takeFrom(hours: readonly HourCount[], unused: number, directory?: string): HourCount[] {
  let left = unused;
  return hours
    .toSorted((a, b) => b.hour - a.hour)
    .map((counted) => {
      const taken = Math.min(countOf(counted, directory), left);
      left -= taken;
      const directories = sumByName([
        ...Object.entries(counted.directories ?? {}),
        ...(directory === undefined ? [] : [[directory, -taken] as const]),
      ]);
      return { ...counted, count: counted.count - taken, directories };
    });
}
