/** Objects with optional keys, written out: a key whose value is `undefined` is left out. */

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** `T` where every key that may be `undefined` is optional and, if there, has a value. */
export type OmitUndefined<T> = { [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & {
  [K in OptionalKeys<T>]?: Exclude<T[K], undefined>;
};

/** A copy without the keys whose value is `undefined`, in the same order. Looks at the first level only. */
export function omitUndefined<const T extends object>(value: T): OmitUndefined<T> {
  const kept: Partial<T> = {};
  for (const key in value) if (value[key] !== undefined) kept[key] = value[key];
  return kept as OmitUndefined<T>;
}
