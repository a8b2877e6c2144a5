/** When the grace of a user name began: it outlives the account, so that nobody gets new time by being made anew. */
import type { GraceClock, GraceStore, SubjectState } from "../model/index.ts";
import { foldName } from "../policy/index.ts";
import type { LedgerContext } from "./context.ts";
import { graceKey } from "./keys.ts";

/** Clocks, an item a directory and folded user name; only names that were given grace, or have gone, have one. */
export const graceStore = ({ table }: LedgerContext): GraceStore => ({
  async readGraceClocks(directory, usernames) {
    const named = usernames.map((name) => ({ name, key: graceKey(directory, foldName(name)) }));
    // Two names may have one clock, and it may be asked for once.
    const keys = new Map(named.map(({ key }) => [key.pk, key]));
    const items = await table.getAll([...keys.values()], true);
    const clocks = new Map(items.map(({ pk, clock }): [string, GraceClock] => [pk, clock]));
    return new Map(
      named.flatMap(({ name, key }) => {
        const clock = clocks.get(key.pk);
        return clock ? [[name, clock] as const] : [];
      }),
    );
  },
});

/** Writes down what the next state means for the clocks of its names. Safe to repeat. Answers how many items were written. */
export async function keepClocks(
  context: LedgerContext,
  stored: SubjectState | undefined,
  next: SubjectState,
): Promise<number> {
  const isGone = next.departed !== undefined && stored?.departed === undefined;
  const isRenamed = stored?.graceFrom !== undefined && foldName(stored.username) !== foldName(next.username);
  if (stored && (isGone || isRenamed)) await stopClock(context, stored, next);
  const isStarted = !isGone && (await startClock(context, stored, next, isRenamed));
  return Number(isGone || isRenamed) + Number(isStarted);
}

/** Answers whether there was anything to write. Whoever is back after long enough has a new clock, whatever an earlier one says. */
async function startClock(
  { table }: LedgerContext,
  stored: SubjectState | undefined,
  { directory, username, graceFrom: from, observedAt, judgement, inactiveSince }: SubjectState,
  isRenamed: boolean,
): Promise<boolean> {
  if (from === undefined || (from === stored?.graceFrom && !isRenamed)) return false;
  const isReactivated = stored?.inactiveSince !== undefined && inactiveSince === undefined && from === observedAt;
  if (judgement.verdict !== "grace" && !isReactivated) return false;
  const isLater = "attribute_not_exists(pk) OR #clock.#from > :from OR attribute_exists(#clock.#goneSince)";
  await table.update(graceKey(directory, foldName(username)), {
    set: ["#clock = :clock"],
    ...(isReactivated ? {} : { when: isLater }),
    values: isReactivated ? { clock: { from } } : { clock: { from }, from },
  });
  return true;
}

/** The name is nobody's from now on; the earliest clock that it had counts. */
async function stopClock({ table }: LedgerContext, stored: SubjectState, { observedAt }: SubjectState): Promise<void> {
  const { directory, username, graceFrom, firstSeenAt, inactiveSince } = stored;
  const key = graceKey(directory, foldName(username));
  const from = graceFrom ?? firstSeenAt;
  const goneSince = inactiveSince ?? observedAt;
  const isFirst = await table.update(key, {
    set: ["#clock = :clock"],
    when: "attribute_not_exists(pk) OR #clock.#from > :from",
    values: { clock: { from, goneSince }, from },
  });
  if (!isFirst) await table.update(key, { set: ["#clock.#goneSince = :goneSince"], values: { goneSince } });
}
