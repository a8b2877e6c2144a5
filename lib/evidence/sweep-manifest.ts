/** The manifest of one directory's sweep: what an auditor needs to see that this is the whole population, unaltered. */

import { WardenError } from "../errors.ts";
import type {
  DirectoryRecord,
  DirectorySource,
  Evidence,
  Origin,
  PlanDecision,
  PlanReference,
  RunCompleted,
  SeenPopulations,
} from "../model/index.ts";
import type { ReadSegment } from "./digests.ts";
import { MANIFEST_VERSION, type ManifestBase, manifestKey } from "./manifest.ts";
import { sha256 } from "./page-file.ts";

/** The manifest of a sweep, with who asked for it and what was read. */
export interface SweepManifest extends Omit<DirectoryRecord, "manifest" | "sealedAs">, ManifestBase {
  readonly kind: "sweep";
  /** The dead run whose finished changes these are; then there are no `parts`, and `run` is a name of its own. */
  readonly recovers?: string;
  readonly run: string;
  readonly id: string;
  readonly changes: DirectoryRecord["changes"];
  readonly origin: Origin;
  readonly code: string;
  /** Whose accounts, and which API said so; absent when it could not be opened. */
  readonly source?: DirectorySource;
  readonly startedAt: string;
  readonly endedAt: string;
  /** The vendor's clock at the first and the last page, ISO 8601. */
  readonly vendorClock?: { readonly first: string; readonly last: string };
  /** Independent counts, before and after reading. */
  readonly totals: readonly number[];
  /** Those that were counted; absent where the vendor has none, and in manifests of earlier versions. */
  readonly populations?: SeenPopulations;
  readonly claimed?: number;
  /** Each part with its counts before and after reading, and its rows; absent where the directory was listed as a whole. */
  readonly shardTotals?: readonly {
    readonly id: string;
    readonly before: number;
    readonly after?: number;
    readonly read: number;
  }[];
  /** The first page is asked for without a cursor: `null`. */
  readonly cursors: { readonly first: null; readonly last: string | null };
  readonly departedHow: { readonly confirmed: number; readonly unconfirmed: number };
  readonly parts: readonly ReadSegment[];
  /** The plan that this sweep applied, and who approved it; absent where it went by its own. */
  readonly approval?: PlanApproval;
  /**
   * Stands for the way in which its accounts were given their `person` keys: only sweeps that say the same can be joined. Absent where
   * not all of them were given any.
   */
  readonly people?: string;
  /** The run whose changes the plan of this sweep undoes. */
  readonly undoes?: string;
}

/** An approval, as the evidence keeps it. */
export interface PlanApproval extends PlanReference, PlanDecision {}

/**
 * The manifest of one directory's sweep. Throws `ERR_EVIDENCE_ALTERED` when it is not the one with this hash, or of an older form.
 * @param hash as the ledger has it
 */
export async function readSweepManifest(
  evidence: Evidence,
  run: string,
  directory: string,
  hash: string | undefined,
): Promise<SweepManifest> {
  const key = manifestKey(run, directory);
  const bytes = await evidence.get(key);
  const manifest: SweepManifest | undefined =
    sha256(bytes) === hash ? JSON.parse(new TextDecoder().decode(bytes)) : undefined;
  if (manifest?.version === MANIFEST_VERSION) return manifest;
  const reason =
    manifest === undefined ? "is not the one that the ledger knows" : "is not of the form this version reads";
  throw new WardenError(
    "ERR_EVIDENCE_ALTERED",
    `The manifest ${key} ${reason}; find out who changed it before you trust this run.`,
  );
}

/** The newest manifest of each directory that left one. */
export const manifestHeads = (run: DirectoriesOfRun): RunCompleted["heads"] =>
  run.directories.flatMap(({ id, manifest }) => (manifest === undefined ? [] : [{ directory: id, hash: manifest }]));

interface DirectoriesOfRun {
  readonly directories: readonly Pick<DirectoryRecord, "id" | "manifest">[];
}
