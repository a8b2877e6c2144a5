/** The first so many items of a stream, in order, without keeping the others. */

import type { Accumulator } from "./accumulator.ts";

/** A list that is cut, and how many items there are in all. */
export interface CountedList<T> {
  readonly count: number;
  readonly first: readonly T[];
}

/** An accumulator that counts all items and keeps the first of them in the order of `compare`. */
export function listFirst<T>(most: number, compare: (a: T, b: T) => number): Accumulator<T, CountedList<T>> {
  const kept = keepFirst(most, compare);
  let count = 0;
  return {
    add(item) {
      count++;
      kept.add(item);
    },
    end: () => ({ count, first: kept.end() }),
  };
}

/**
 * An accumulator that keeps the first `most` items: a heap whose root is the last of those kept.
 * @param compare below 0 when `a` comes before `b`; equal ones keep no order
 */
export function keepFirst<T>(most: number, compare: (a: T, b: T) => number): Accumulator<T, T[]> {
  const heap: T[] = [];
  const itemAt = (index: number) => heap[index] as T;
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [itemAt(b), itemAt(a)];
  };

  function rise(index: number): void {
    const parent = (index - 1) >> 1;
    if (index === 0 || compare(itemAt(index), itemAt(parent)) <= 0) return;
    swap(index, parent);
    rise(parent);
  }

  function sink(index: number): void {
    const children = [2 * index + 1, 2 * index + 2].filter((child) => child < heap.length);
    const later = children.reduce(
      (latest, child) => (compare(itemAt(child), itemAt(latest)) > 0 ? child : latest),
      index,
    );
    if (later === index) return;
    swap(index, later);
    sink(later);
  }

  return {
    add(item) {
      if (heap.length < most) {
        heap.push(item);
        return rise(heap.length - 1);
      }
      if (most === 0 || compare(item, itemAt(0)) >= 0) return;
      heap[0] = item;
      sink(0);
    },
    end: () => heap.toSorted(compare),
  };
}
