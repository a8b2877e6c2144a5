/** What a person should know before a plan is carried out. */
import { problemOf, WardenError } from "../errors.ts";
import type { Problem } from "../model/index.ts";

export interface Cautions {
  /** The first ones. */
  readonly shown: readonly string[];
  readonly count: number;
}

/** For one directory. */
const MAX_CAUTIONS_SHOWN = 20;

export const cautionsOf = (sentences: readonly string[]): Cautions => ({
  shown: sentences.slice(0, MAX_CAUTIONS_SHOWN),
  count: sentences.length,
});

export const addCautions = (first: Cautions, second: Cautions): Cautions => ({
  shown: [...first.shown, ...second.shown].slice(0, MAX_CAUTIONS_SHOWN),
  count: first.count + second.count,
});

/** Notes for people: what each change would bring with it, and how many more there are. */
export function cautionNotes(directory: string, { shown, count }: Cautions): Problem[] {
  const note = (message: string) => problemOf(new WardenError("ERR_PLAN_CAUTION", message), directory);
  const notes = shown.map(note);
  const hidden = count - shown.length;
  return hidden > 0 ? [...notes, note(`${hidden} more changes of ${directory} have such a caution.`)] : notes;
}

/** Accounts that a note names, of however many it is about. */
const MAX_NAMED = 5;

/** Nothing where there are none: most sweeps have nobody to name. */
export const firstNames = (names: readonly string[]): readonly string[] | undefined =>
  names.length === 0 ? undefined : names.slice(0, MAX_NAMED);
