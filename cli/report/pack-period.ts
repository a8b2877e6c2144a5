/** `report --from --to --pack`: a period in one archive, with every manifest of it and all that these name. */

import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import { fingerprintOf, readSweepManifest, sha256 } from "../../lib/evidence/index.ts";
import type { Evidence, Signer } from "../../lib/model/index.ts";
import { type ChainLink, frameworks, type PeriodData } from "../../lib/report/index.ts";
import { productFile } from "../product.ts";
import type { MadePeriod } from "./make-period.ts";
import { type Packed, writeZip } from "./pack.ts";
import { jsonText, manifestEntries, textEntry } from "./pack-entries.ts";
import { withPackManifest } from "./pack-manifest.ts";
import { periodReadme } from "./period-readme.ts";
import type { ZipEntry } from "./zip.ts";

export interface PeriodPackPorts {
  readonly evidence: Evidence;
  /** Signs the list of the archive's files. */
  readonly signer: Signer;
}

/**
 * Writes the archive, whole or not at all. Throws `ERR_RUN_UNKNOWN` for a period of which there is no evidence, `ERR_EVIDENCE_*` when
 * a file is not as it was written, `ERR_INPUT_INVALID` when `file` cannot be written or would be too large.
 */
export async function writePeriodPack(
  file: string,
  { evidence, signer }: PeriodPackPorts,
  made: MadePeriod,
  signal: AbortSignal,
): Promise<Packed> {
  const { period, chain } = made.data;
  const newest = made.data.runs.at(-1);
  if (chain.length === 0 || !newest)
    throw new WardenError(
      "ERR_RUN_UNKNOWN",
      `The runs of ${period.from} to ${period.to} left no evidence that could be packed.`,
    );
  const packed: Packed = {
    file,
    manifests: chain.length,
    heads: headsOf(chain),
    fingerprint: fingerprintOf(await signer.publicKey(signal)),
  };
  const list = { run: newest.run, period: { from: period.from, to: period.to }, withoutEvidence: absentIn(made.data) };
  const entries = withPackManifest(periodEntries({ evidence, signer }, made, packed, signal), list, signer, signal);
  await writeZip(file, entries, new Date(period.ends), signal);
  return packed;
}

/** The manifests that no other follows: of each directory the newest one. */
function headsOf(chain: readonly ChainLink[]): string[] {
  const followed = new Set(chain.map(({ previous }) => previous));
  return chain.filter(({ hash }) => !followed.has(hash)).map(({ hash }) => hash);
}

const absentIn = ({ chain, directories }: PeriodData): string[] =>
  [...new Set(directories.map(({ directory }) => directory))].filter(
    (id) => !chain.some(({ directory }) => directory === id),
  );

async function* periodEntries(
  { evidence, signer }: PeriodPackPorts,
  { data, files, place }: MadePeriod,
  { heads, fingerprint }: Packed,
  signal: AbortSignal,
): AsyncGenerator<ZipEntry> {
  const verifier = readFileSync(productFile("verify/verify.mjs"));
  const said = { data, heads, fingerprint, label: signer.label, verifier: sha256(verifier) };
  yield textEntry("README.txt", periodReadme(said));
  for (const name of files) yield { name: `report/${name}`, body: createReadStream(join(place, name)) };
  yield textEntry("controls.json", jsonText(frameworks));
  yield textEntry("public-key.pem", await signer.publicKey(signal));
  yield { name: "verify.mjs", body: [verifier] };
  const done = new Set<string>();
  // One after the other, so that no more than one of these large manifests is held.
  for (const { run, directory, hash } of data.chain)
    yield* manifestEntries(evidence, await readSweepManifest(evidence, run, directory, hash), done);
}
