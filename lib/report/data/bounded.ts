/** The first so many of a stream, in order, without keeping the rest: a heap whose root is the last of those kept. */

export interface Bounded<T> {
  add(item: T): void;
  /** In order. */
  list(): T[];
}

/** @param compare below 0 when `a` comes before `b`; equal ones keep no order */
export function bounded<T>(most: number, compare: (a: T, b: T) => number): Bounded<T> {
  const heap: T[] = [];
  const at = (index: number) => heap[index] as T;
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [at(b), at(a)];
  };

  function rise(index: number): void {
    const parent = (index - 1) >> 1;
    if (index === 0 || compare(at(index), at(parent)) <= 0) return;
    swap(index, parent);
    rise(parent);
  }

  function sink(index: number): void {
    const children = [2 * index + 1, 2 * index + 2].filter((child) => child < heap.length);
    const later = children.reduce((best, child) => (compare(at(child), at(best)) > 0 ? child : best), index);
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
      if (most === 0 || compare(item, at(0)) >= 0) return;
      heap[0] = item;
      sink(0);
    },
    list: () => heap.toSorted(compare),
  };
}
