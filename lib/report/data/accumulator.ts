/** What a stream of items comes to, in memory that does not grow with the stream. */

export interface Accumulator<Item, Result> {
  add(item: Item): void;
  /** What all items came to; called once, after the last of them. */
  end(): Result;
}

/** One accumulator of many: each part gets every item, and its result stands under its own key. */
export function accumulateAll<Item, Results extends object>(
  parts: {
    readonly [K in keyof Results]: Accumulator<Item, Results[K]>;
  },
): Accumulator<Item, Results> {
  const entries: [string, Accumulator<Item, unknown>][] = Object.entries(parts);
  const all = entries.map(([, part]) => part);
  return {
    add(item) {
      for (const part of all) part.add(item);
    },
    end: () => Object.fromEntries(entries.map(([key, part]) => [key, part.end()])) as Results,
  };
}

/** An accumulator that gets only the items which `isWanted` accepts. */
export const accumulateIf = <Item, Result>(
  isWanted: (item: Item) => boolean,
  part: Accumulator<Item, Result>,
): Accumulator<Item, Result> => ({
  add(item) {
    if (isWanted(item)) part.add(item);
  },
  end: () => part.end(),
});
