/** Planned changes with what became of them, and the changes that events made, listed by the hour. */
import { createHash } from "node:crypto";
import { mapConcurrently } from "../concurrency.ts";
import {
  type Change,
  type ChangeResult,
  type ChangeStore,
  type DiscardedSteps,
  omitUndefined,
} from "../model/index.ts";
import { iso, type LedgerContext } from "./context.ts";
import { changeKey, changeRange, eventHourPartition, runPartition } from "./keys.ts";
import type { Item } from "./table.ts";

const WRITES_IN_PARALLEL = 64;

/** The plan of each run. */
export const plannedChanges = (
  context: LedgerContext,
): Pick<ChangeStore, "planChanges" | "listChanges" | "refuseChange" | "listEventChanges"> => ({
  planChanges: (changes, discarded) => planChanges(context, changes, discarded),

  async *listChanges(run, directory, after) {
    const values = { pk: runPartition(run), ...changeRange(run, directory, after) };
    const pages = context.table.query({}, "pk = :pk AND sk BETWEEN :from AND :to", values);
    for await (const page of pages) yield page.map(changeOf);
  },

  refuseChange: (change, result) => savePlannedOutcome(context, change, result),

  async *listEventChanges(directory, hour) {
    const pages = context.table.query({}, "pk = :pk", { pk: eventHourPartition(directory, hour) });
    for await (const page of pages) yield page.map(changeOf);
  },
});

const changeOf = (item: Item): Change => item.change;

async function planChanges(
  { table }: LedgerContext,
  changes: readonly Change[],
  { before = 0, steps = [] }: DiscardedSteps = {},
): Promise<number> {
  const last = new Map(changes.map((change) => [JSON.stringify(changeKey(change)), change]));
  const discarded = Object.fromEntries(steps.map((step, index) => [`discarded${index}`, step]));
  const replaced = ["step", ...Object.keys(discarded)].map((name) => `:${name}`).join(", ");
  // What was foreseen has its outcome from the start.
  const isOpen = "(attribute_not_exists(#change.#outcome) OR attribute_exists(#change.#foreseen))";
  const when = `attribute_not_exists(pk) OR ((#change.#step IN (${replaced}) OR #change.#step < :before) AND ${isOpen})`;
  const planned = await mapConcurrently([...last.values()], WRITES_IN_PARALLEL, (change) =>
    table.put({ ...changeKey(change), change }, { when, values: { step: change.step, before, ...discarded } }),
  );
  return planned.filter(Boolean).length;
}

/** Writes the outcome to a planned change that has none. */
export async function savePlannedOutcome(
  { table, clock }: LedgerContext,
  change: Pick<Change, "run" | "directory" | "id">,
  result: ChangeResult,
): Promise<void> {
  const values = { ...storedResult(result), at: iso(clock()) };
  await table.update(changeKey(change), {
    set: Object.keys(values).map((name) => `#change.#${name} = :${name}`),
    when: "attribute_exists(pk) AND attribute_not_exists(#change.#outcome)",
    values,
  });
}

/** Turns a `staged` outcome into `enforced`. */
export async function enforceStaged({ table, clock }: LedgerContext, change: Change, why: string): Promise<void> {
  await table.update(changeKey(change), {
    set: ["#change.#outcome = :enforced", "#change.#why = :why", "#change.#at = :at"],
    when: "#change.#outcome = :staged",
    values: { enforced: "enforced", staged: "staged", why, at: iso(clock()) },
  });
}

/**
 * Lists an event's change by the hour in which this is written. @param began when the change began, ISO 8601: it names the
 * item together with the change, so that the same outcome written twice is there once
 */
export async function saveEventChange(
  { table, clock }: LedgerContext,
  change: Change,
  result: ChangeResult,
  began: string,
): Promise<void> {
  const at = iso(clock());
  const digest = createHash("sha256").update(JSON.stringify([change.run, change.id, result.outcome]));
  const key = {
    pk: eventHourPartition(change.directory, at.slice(0, "YYYY-MM-DDTHH".length)),
    sk: `${began}#${digest.digest("base64url")}`,
  };
  const item = { ...key, change: { ...change, ...storedResult(result), at } };
  // What is listed may be sealed already: it is never written over.
  await table.put(item, { when: "attribute_not_exists(pk)" });
}

/** A result as it is stored: nothing of a foreign object that happens to be a result as well. */
export const storedResult = ({ outcome, why, detail, learned = {} }: ChangeResult): ChangeResult =>
  omitUndefined({
    outcome,
    why,
    detail,
    learned: Object.keys(learned).length > 0 ? learned : undefined,
  });
