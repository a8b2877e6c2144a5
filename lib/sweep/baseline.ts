/** The last population that counted: its manifest, and how much of it was read again. */
import { countShared, readSweepManifest, type SweepManifest } from "../evidence/index.ts";
import { type DirectorySource, omitUndefined, type SeenPopulations } from "../model/index.ts";
import type { LeasedContext } from "./lease.ts";
import type { SweepState } from "./state.ts";

/** The manifest of an earlier run, if it is still the one that the ledger knows. */
export async function readEarlierManifest({ ports, order }: LeasedContext, run: string): Promise<SweepManifest> {
  const record = (await ports.ledger.readRun(run))?.directories.find(({ id }) => id === order.directory);
  return readSweepManifest(ports.evidence, run, order.directory, record?.manifest);
}

export interface BaselineComparison {
  /** Absent in what an early version wrote. */
  readonly source?: DirectorySource;
  /** Absent where the vendor has none, or they could not be counted. */
  readonly populations?: SeenPopulations;
  /** Accounts of the baseline, and how many of them were read again. */
  readonly count: number;
  readonly shared: number;
}

/** `undefined`: there is no baseline. */
export async function compareWithBaseline(
  context: LeasedContext,
  { segments }: SweepState,
): Promise<BaselineComparison | undefined> {
  const { baseline } = context.head;
  if (!baseline) return undefined;
  const { source, populations, parts } = await readEarlierManifest(context, baseline.run);
  const count = parts.reduce((sum, { ids }) => sum + ids.count, 0);
  const shared = await countShared(context.ports.evidence, parts, segments);
  return omitUndefined({ source, populations, count, shared });
}
