/** The room of the evidence: the population as read, page by page, with the manifests that tie it together and the seals over it. */

export { loadChanges, storeChanges } from "./change-log.ts";
export type { ReadSegment } from "./digests.ts";
export {
  hourOfRun,
  hourRun,
  isBetweenSweeps,
  linkManifest,
  type ManifestBase,
  manifestFiles,
  manifestKey,
  signatureKey,
  signManifest,
  storeManifest,
  storePolicy,
} from "./manifest.ts";
export {
  digestIds,
  directoryFolder,
  type EvidenceRow,
  loadFile,
  loadPage,
  type StoredFile,
  sha256,
  storeDigests,
  storePage,
} from "./page-file.ts";
export { countDuplicates, countedRow, countShared, findDeparted, findDuplicates } from "./population.ts";
export { fingerprintOf } from "./public-key.ts";
export { type SealPorts, sealEvents } from "./seal.ts";
export { sealRecovered } from "./seal-recovered.ts";
export { manifestHeads, type PlanApproval, readSweepManifest, type SweepManifest } from "./sweep-manifest.ts";
