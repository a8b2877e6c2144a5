/** Counts the shards again after they were read, and tells whether somebody may be missing. */
import { countDuplicates } from "../evidence/index.ts";
import { omitUndefined, type Problem } from "../model/index.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { type CountedShards, doubtOf, type ShardRead, type ShardsRead, shardsToReadAgain } from "./shards.ts";
import { type ShardsProgress, settledRows } from "./shards-progress.ts";
import { addShardsTotal, type SweepState } from "./state.ts";
import { askTotal } from "./total.ts";

/** As the ledger takes them. */
const MAX_READS_DISCARDED = 90;
const PROBE_DEADLINE_MS = 120_000;

/** Problems that the listing of the whole may not have. */
const SHARD_PROBLEMS = new Set(["ERR_VENDOR_DENIED", "ERR_VENDOR_REJECTED", "ERR_VENDOR_NOT_FOUND", "ERR_READ_LOOP"]);

export const isAboutShards = ({ code }: Problem): boolean => SHARD_PROBLEMS.has(code);

/** `doubt`: somebody may be missing, so that the directory must be listed as a whole. */
export type ShardsResult =
  | { readonly state: SweepState; readonly doubt?: string; readonly problems?: undefined }
  | { readonly state: SweepState; readonly problems: readonly Problem[] };

interface CheckOrder {
  /** Of the step. */
  readonly name: string;
  readonly counted: CountedShards;
}

/** What the reading came to. `toReadAgain`: it is in doubt, and these few shards may hold who is missing. */
export interface CheckedShards {
  readonly result: ShardsResult;
  readonly toReadAgain?: readonly string[];
}

export async function checkShards(
  context: LeasedContext,
  progress: ShardsProgress,
  { name, counted }: CheckOrder,
): Promise<CheckedShards> {
  const { state } = progress;
  const step = await runLeasedStep(context, name, (signal) => countShards(context, state, signal));
  if (!step.ok && isAboutShards(step.problem)) return { result: { state, doubt: step.problem.message } };
  if (!step.ok) return { result: { state, problems: [step.problem] } };
  const { after, claimed, duplicates, mayReadAgain } = step.value;
  const shards = readsOf(progress, after.shards);
  const rows = shards.reduce((sum, { read }) => sum + read, 0);
  const settled = settledRows(progress);
  const found: ShardsRead = omitUndefined({ shards, before: counted.list, after, claimed, rows, settled, duplicates });
  const doubt = doubtOf(found);
  if (doubt === undefined) return { result: { state: addShardsTotal(state, { after, claimed, shards }) } };
  const again = (mayReadAgain && shardsToReadAgain(found)) || [];
  const discarded = progress.reads.filter(({ shard }) => again.includes(shard)).length;
  const toReadAgain = again.length > 0 && discarded <= MAX_READS_DISCARDED ? again : undefined;
  return omitUndefined({ result: { state, doubt }, toReadAgain });
}

/** By the shards' ids. */
function readsOf({ done }: ShardsProgress, after: ShardsRead["after"]["shards"] = []): ShardRead[] {
  const afterById = new Map(after.map(({ id, accounts }) => [id, accounts]));
  return done
    .map(({ id, accounts, read }) => omitUndefined({ id, before: accounts, after: afterById.get(id), read }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** What a listing of the whole claims tells of those who are in no shard. */
async function countShards({ ports, order, open }: LeasedContext, { segments }: SweepState, signal: AbortSignal) {
  const directory = await open(signal);
  const [after, whole, { count }] = await Promise.all([
    askTotal(order.directory, directory, signal),
    directory.page(undefined, AbortSignal.any([signal, AbortSignal.timeout(PROBE_DEADLINE_MS)])),
    countDuplicates(ports.evidence, segments),
  ]);
  return omitUndefined({
    after,
    claimed: whole.claimed,
    duplicates: count,
    // Absent in what an earlier version wrote, which went on to list the whole.
    mayReadAgain: true,
  });
}
