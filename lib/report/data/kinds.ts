/** Values by kind, in bounded memory: when there are too many kinds, the later ones share a value. */

/** A policy has fewer rules than this, and a vendor fewer reasons. */
export const MAX_KINDS = 500;

/** What stands in place of a reason that is not told apart. */
export const OTHER_REASONS = "Other reasons; the tables have them.";

interface Kinds<T> {
  get(key: string): T | undefined;
  /** A new kind, or, if there are too many, the one that the rest with the same `restKey` share. */
  add(key: string, make: () => T, restKey: string, makeRest: () => T): T;
  /** In the order in which they came. */
  values(): T[];
}

export function boundedKinds<T>(): Kinds<T> {
  const kinds = new Map<string, T>();
  const keep = (key: string, made: T): T => {
    kinds.set(key, made);
    return made;
  };
  return {
    get: (key) => kinds.get(key),
    add(key, make, restKey, makeRest) {
      if (kinds.size < MAX_KINDS) return keep(key, make());
      return kinds.get(`\0${restKey}`) ?? keep(`\0${restKey}`, makeRest());
    },
    values: () => [...kinds.values()],
  };
}
