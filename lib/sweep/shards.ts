/** Whether a directory is read shard by shard, and whether what was read so may be trusted. Pure. */
import type { Shard } from "../model/index.ts";
import { type ClaimedTotal, MAX_SHARDS } from "./total.ts";

/** What was counted part by part before reading. */
export interface CountedShards {
  readonly list: readonly Shard[];
  /** When it was asked for, by our clock, in ms. */
  readonly askedAt: number;
}

/** One shard, as it was counted before and after reading and as it was read. */
export interface ShardRead {
  readonly id: string;
  readonly before: number;
  readonly after?: number;
  readonly read: number;
}

/** Below, one listing is only a few pages. */
const MIN_ACCOUNTS = 10_000;
/** Smaller shards on average would cost more calls than a listing of the whole. */
const MIN_AVERAGE_SHARE = 1 / 20;

/** The shards to read, largest first; `undefined`: one listing of the whole is better. @param minAccounts of the directory */
export function shardsToRead(
  { list }: CountedShards,
  minAccounts: number = MIN_ACCOUNTS,
): readonly Shard[] | undefined {
  const shards = list.filter(({ accounts }) => accounts > 0).toSorted((a, b) => b.accounts - a.accounts);
  const total = shards.reduce((sum, { accounts }) => sum + accounts, 0);
  if (shards.length < 2 || shards.length > MAX_SHARDS || total < minAccounts) return undefined;
  return total / shards.length >= minAccounts * MIN_AVERAGE_SHARE ? shards : undefined;
}

/** What reading the shards came to. */
export interface ShardsRead {
  readonly shards: readonly ShardRead[];
  /** Every shard that was counted before, the empty ones too. */
  readonly before: readonly Shard[];
  readonly after: ClaimedTotal;
  /** What the listing of the whole claims that there are. */
  readonly claimed?: number;
  /** Rows read, and those of accounts that were there before the total was asked for. */
  readonly rows: number;
  readonly settled: number;
  /** Rows of accounts that were read before. */
  readonly duplicates: number;
}

/**
 * Why somebody may be missing; `undefined`: nobody is. Whoever moves from a shard that is not yet read to one that is read is in
 * neither, and sums can agree all the same where others come and go. But as many accounts that were there before the total was asked
 * for as it counted are all of them.
 */
export function doubtOf(found: ShardsRead): string | undefined {
  const { before, after, claimed, rows, settled, duplicates } = found;
  const total = before.reduce((sum, { accounts }) => sum + accounts, 0);
  const known = settled - duplicates;
  if (known < total)
    return `${known} of the ${total} accounts that were there at the beginning were read; somebody moved or left`;
  if (after.total === undefined || after.shards === undefined) return "the populations could not be counted again";
  if (claimed === undefined) return "the listing of the whole does not say how many accounts there are";
  const expected = Math.max(after.total, claimed);
  if (rows - duplicates < expected) return `${rows - duplicates} accounts were read and the vendor claims ${expected}`;
  if (namesOf(before) !== namesOf(after.shards)) return "populations came or went meanwhile";
  const short = found.shards.find((shard) => shard.read < Math.min(shard.before, shard.after ?? 0));
  return short && `of population ${short.id} ${short.read} accounts were read, and ${short.before} were counted`;
}

/** More of the directory than this is better listed as a whole. */
const MAX_SHARE_READ_AGAIN = 1 / 2;

/**
 * The shards that somebody came into or left after they were read: who is missing elsewhere may be there. `undefined`: there is none, or
 * a listing of the whole is better. Who was read in two shards may have been planned in the one that would not count any more.
 */
export function shardsToReadAgain({ shards, duplicates }: ShardsRead): readonly string[] | undefined {
  const changed = shards.filter(({ after, read }) => after !== read);
  const rowsOf = (some: readonly ShardRead[]) => some.reduce((sum, { read }) => sum + read, 0);
  const isWorthIt = changed.length > 0 && rowsOf(changed) <= rowsOf(shards) * MAX_SHARE_READ_AGAIN;
  return isWorthIt && duplicates === 0 ? changed.map(({ id }) => id) : undefined;
}

const namesOf = (shards: readonly Shard[]) =>
  shards
    .map(({ id }) => id)
    .toSorted()
    .join();

/** What the state keeps of shards that nobody is missing from. */
export interface ShardsTotal {
  readonly after: ClaimedTotal;
  readonly claimed: number | undefined;
  readonly shards: readonly ShardRead[];
}
