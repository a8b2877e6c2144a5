/** How many accounts a directory has, counted independently of its listing. */
import { hasCode, problemOf, WardenError } from "../errors.ts";
import { type Directory, omitUndefined, type Problem, type SeenPopulations, type Shard } from "../model/index.ts";

/** What the result of one step holds easily. */
export const MAX_SHARDS = 200;

export interface ClaimedTotal {
  readonly total?: number;
  /** Those that were counted; absent where the vendor has none, and in what an earlier version wrote. */
  readonly populations?: SeenPopulations;
  /** What was counted part by part; absent where the directory cannot be cut. */
  readonly shards?: readonly Shard[];
  /** Why there is no total. */
  readonly problem?: Problem;
}

/** Without the right to count there is no total, and the evidence says so; throws every other failure. */
export async function askTotal(id: string, directory: Directory, signal: AbortSignal): Promise<ClaimedTotal> {
  if (!directory.total) return { problem: noTotal(id, "this vendor counts none") };
  try {
    const total = await directory.total(signal);
    return omitUndefined({ total, populations: directory.populations?.(), shards: shardsOf(directory) });
  } catch (error) {
    if (hasCode(error, "ERR_READ_TOTAL")) return { problem: noTotal(id, "the vendor does not count every population") };
    if (!hasCode(error, "ERR_VENDOR_DENIED")) throw error;
    return { problem: noTotal(id, "the credential may not read the populations") };
  }
}

/** More than are ever read one by one would only fill the result of the step. */
function shardsOf(directory: Directory): readonly Shard[] | undefined {
  const shards = directory.shards?.();
  return shards && shards.length <= MAX_SHARDS ? shards : undefined;
}

function noTotal(id: string, why: string): Problem {
  const message = `Whether the list of ${id} was complete cannot be checked, because nothing else says how many accounts there are: ${why}.`;
  return problemOf(new WardenError("ERR_READ_TOTAL", message), id);
}
