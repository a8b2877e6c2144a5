/** The manifests of a period: of each sweep that left one, and of the hours of events and recovered runs between two sweeps. */

import { mapConcurrently } from "../../../concurrency.ts";
import { WardenError } from "../../../errors.ts";
import { hourOfRun, isBetweenSweeps, readSweepManifest, type SweepManifest } from "../../../evidence/index.ts";
import type { DirectoryRecord, Evidence, Problem } from "../../../model/index.ts";
import type { ChangeSource, EvidenceState } from "./model.ts";

/** A sweep's own manifest, what it follows, and the manifests between. */
export interface ReadManifest {
  readonly state: EvidenceState;
  /** Without its parts, which are large. */
  readonly manifest: Omit<SweepManifest, "parts"> | undefined;
  /** The sweep before, past all that lies between; absent where the way to it is broken. */
  readonly follows: SweepManifest["previous"] | undefined;
  /** Newest first. */
  readonly between: readonly ChangeSource[];
  readonly problems: readonly Problem[];
}

/** Where the manifest of a record lies. */
export interface ManifestPlace {
  readonly run: string;
  readonly directory: string;
  readonly hash: string;
}

const MANIFESTS_IN_PARALLEL = 8;

/** In the order of `records`. */
export const readManifests = (evidence: Evidence, records: readonly DirectoryRecord[]): Promise<ReadManifest[]> =>
  mapConcurrently(records, MANIFESTS_IN_PARALLEL, ({ run, sealedAs, id, manifest }) =>
    manifest === undefined
      ? Promise.resolve(LEFT_NONE)
      : readOwn(evidence, { run: sealedAs ?? run, directory: id, hash: manifest }),
  );

const LEFT_NONE: ReadManifest = {
  state: "none",
  manifest: undefined,
  follows: undefined,
  between: [],
  problems: [],
};

async function readOwn(evidence: Evidence, place: ManifestPlace): Promise<ReadManifest> {
  const read = await tryManifest(evidence, place);
  if ("problem" in read) {
    const state = read.problem.code === "ERR_EVIDENCE_ALTERED" ? "altered" : "missing";
    return { ...LEFT_NONE, state, problems: [read.problem] };
  }
  const { parts: _, ...manifest } = read.manifest;
  return { state: "sealed", manifest, ...(await readBetween(evidence, place.directory, manifest.previous)) };
}

/** Walks back from a manifest to that of the sweep before. @param previous what the first one follows */
export async function readBetween(
  evidence: Evidence,
  directory: string,
  previous: SweepManifest["previous"],
): Promise<Pick<ReadManifest, "follows" | "between" | "problems">> {
  const between: ChangeSource[] = [];
  let next = previous;
  while (next && isBetweenSweeps(next.run)) {
    const read = await tryManifest(evidence, { run: next.run, directory, hash: next.hash });
    if ("problem" in read) return { follows: undefined, between, problems: [read.problem] };
    between.push(changeSource(read.manifest, next.hash));
    next = read.manifest.previous;
  }
  return { follows: next, between, problems: [] };
}

/** What a manifest says of changes. */
export const changeSource = (
  manifest: Pick<SweepManifest, "run" | "id" | "recovers" | "changes" | "changeLog" | "approval" | "previous">,
  hash: string,
): ChangeSource => ({
  directory: manifest.id,
  run: manifest.recovers ?? manifest.run,
  kind: hourOfRun(manifest.run) === undefined ? "sweep" : "events",
  counts: manifest.changes,
  hash,
  approval: manifest.approval,
  log: manifest.changeLog,
  link: { directory: manifest.id, run: manifest.run, hash, previous: manifest.previous?.hash },
});

/** The manifest, or why there is none. */
async function tryManifest(
  evidence: Evidence,
  { run, directory, hash }: ManifestPlace,
): Promise<{ readonly manifest: SweepManifest } | { readonly problem: Problem }> {
  try {
    return { manifest: await readSweepManifest(evidence, run, directory, hash) };
  } catch (error) {
    if (!(error instanceof WardenError)) throw error;
    const { code, message } = error;
    if (code === "ERR_EVIDENCE_ALTERED") return { problem: { code, message, directory } };
    if (code !== "ERR_EVIDENCE_UNAVAILABLE") throw error;
    const missing = `The evidence of run ${run} for ${directory} cannot be read: its manifest ${hash} is gone, or cannot be reached.`;
    return { problem: { code, message: missing, directory } };
  }
}
