/** Parts of a policy as written, any of which may be missing or malformed. */

import * as v from "valibot";
import { type Finding, finding, type Path, shownValue } from "./finding.ts";

/** With its index in the file's list. */
export type Part<T> = readonly [index: number, value: T];

/** An own value, whatever this is. */
export const valueAt = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([own]) => own === key)?.[1] : undefined;

export function listAt(value: unknown, key: string): readonly unknown[] {
  const list = valueAt(value, key);
  return Array.isArray(list) ? list : [];
}

/** The well-formed ones: the others were reported already. */
export const wellFormedParts = <T>(schema: v.GenericSchema<unknown, T>, list: readonly unknown[]): Part<T>[] =>
  list.flatMap((item, index): Part<T>[] => {
    const read = v.safeParse(schema, item);
    return read.success ? [[index, read.output]] : [];
  });

/** Where something is that an earlier part has too. */
export function repeatedParts<T>(
  parts: readonly Part<T>[],
  keyOf: (value: T) => unknown,
): [index: number, first: number][] {
  const first = new Map<unknown, number>();
  return parts.flatMap(([index, value]): [number, number][] => {
    const key = keyOf(value);
    const seen = first.get(key);
    if (seen === undefined) first.set(key, index);
    return key === undefined || seen === undefined ? [] : [[index, seen]];
  });
}

/** Empty when the id's directory is configured, or the id has no form of one. */
export function findUnknownDirectory(id: unknown, path: Path, known: ReadonlySet<unknown>): Finding[] {
  const directory = typeof id === "string" ? id.split("/", 1)[0] : undefined;
  if (directory === undefined || known.has(directory)) return [];
  const ids = [...known].map(shownValue).join(", ");
  return [finding(path, `there is no directory ${shownValue(directory)}; known here: ${ids}`)];
}
