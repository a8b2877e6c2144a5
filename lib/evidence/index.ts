/** The room of the evidence: the population as read, page by page, with the manifests that tie it together and the seals over it. */

export {
  type Bond,
  bond,
  filesOf,
  manifestKey,
  signatureKey,
  storeChanges,
  storeManifest,
  storePolicy,
} from "./manifest.ts";
export {
  digestIds,
  folder,
  load,
  loadPage,
  type Row,
  type Stored,
  sha256,
  storeDigests,
  storePage,
} from "./page-file.ts";
export { countDuplicates, countingRow, findDeparted, findDuplicates, type Part } from "./population.ts";
export { type SealPorts, seal } from "./seal.ts";
export { headsOf, type Manifest, readManifest } from "./sweep-manifest.ts";
