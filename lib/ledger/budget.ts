/** How many changes may still be made: the last 24 hours in hourly counts, over sweeps and events together. */
import type { Ledger } from "../model/index.ts";
import { type Item, type Key, type LedgerContext, retryOnConflict } from "./table.ts";

const HOUR_MS = 3_600_000;
const HOURS = 24;
const TRIES = 20;

interface Hour {
  /** Hours since 1970. */
  readonly hour: number;
  readonly count: number;
}

const budgetKey = (scope: string): Key => ({ pk: `BUDGET#${scope}`, sk: "-" });
const sum = (hours: readonly Hour[]) => hours.reduce((total, { count }) => total + count, 0);

/** `scope`: a directory, or whatever else a limit is shared by. */
export function budgets({
  table,
  clock,
  ulid,
  pause,
}: LedgerContext): Pick<Ledger, "reserveBudget" | "releaseBudget" | "countSpentBudget"> {
  const thisHour = () => Math.floor(clock() / HOUR_MS);
  /** The hour that began 24 hours ago still counts in full: rather too little is granted than too much. */
  const recent = (item: Item | undefined): Hour[] =>
    (item?.hours ?? []).filter(({ hour }: Hour) => hour >= thisHour() - HOURS);

  /** Rewrites the hours; `next` answers the new ones and a result, or only the result when nothing is to be written. */
  function rewrite(
    scope: string,
    next: (hours: Hour[]) => { readonly hours?: readonly Hour[]; readonly result: number },
  ) {
    const version = ulid();
    return retryOnConflict(pause, TRIES, async () => {
      const item = await table.get(budgetKey(scope));
      // Our own write whose answer was lost: doing it again would count twice.
      if (item?.version === version) return item.result;
      const { hours, result } = next(recent(item));
      if (!hours) return result;
      const stored = await table.put(
        { ...budgetKey(scope), hours, version, result },
        item ? { when: "#version = :was", values: { was: item.version } } : { when: "attribute_not_exists(pk)" },
      );
      return stored ? result : undefined;
    });
  }

  const inTurn = turns();

  return {
    reserveBudget: (scope, wanted, limit) =>
      inTurn(() =>
        rewrite(scope, (hours) => {
          const result = Math.max(0, Math.min(wanted, limit - sum(hours)));
          return result === 0 ? { result } : { hours: addTo(hours, thisHour(), result), result };
        }),
      ),

    async releaseBudget(scope, unused) {
      if (unused > 0)
        await inTurn(() => rewrite(scope, (hours) => ({ hours: takeFrom(hours, unused), result: unused })));
    },

    async countSpentBudget(scope) {
      return sum(recent(await table.get(budgetKey(scope))));
    },
  };
}

/** One at a time in this process: they would only fight over the one item. */
function turns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

function addTo(hours: readonly Hour[], hour: number, count: number): Hour[] {
  const others = hours.filter((one) => one.hour !== hour);
  return [...others, { hour, count: sum(hours.filter((one) => one.hour === hour)) + count }];
}

/** From the newest hour on, and never below nothing. */
function takeFrom(hours: readonly Hour[], unused: number): Hour[] {
  let left = unused;
  return hours
    .toSorted((a, b) => b.hour - a.hour)
    .map(({ hour, count }) => {
      const taken = Math.min(count, left);
      left -= taken;
      return { hour, count: count - taken };
    });
}
