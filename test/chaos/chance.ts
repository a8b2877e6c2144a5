/** Chance that can be had again: the same seed draws the same. */

export interface Chance {
  /** From 0 up to 1. */
  next(): number;
  /** Whole, both ends included. */
  between(least: number, most: number): number;
  /** Whether it happens, with this probability. */
  happens(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Each item with this probability, in order. */
  some<T>(items: readonly T[], probability: number): T[];
}

/** mulberry32 by Tommy Ettinger, in the public domain: 32 bits of state are plenty for drawing a world. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    happens: (probability) => next() < probability,
    pick: (items) => {
      const picked = items[between(0, items.length - 1)];
      if (picked === undefined) throw new Error("there is nothing to pick from");
      return picked;
    },
    some: (items, probability) => items.filter(() => next() < probability),
  };
}
