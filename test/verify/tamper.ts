/** How evidence is tampered with, by somebody who has the folder, and by somebody who has the key as well. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import type { Result } from "../../verify/verify.mjs";
import type { Audited } from "../evidence/folder.ts";

/** The folder that a run left. @param run in the chain, from 0 */
export const runFolder = ({ runs }: Audited, folder: string, run: number): string =>
  join(folder, "runs", runs[run] ?? "", "workforce");

/** The codes of all faults, each once, sorted. */
export const faultCodes = ({ faults }: Result): string[] => [...new Set(faults.map(({ code }) => code))].sort();

/** The codes of all notes, each once, sorted. */
export const noteCodes = ({ notes }: Result): string[] => [...new Set(notes.map(({ code }) => code))].sort();

/** Changes a manifest, and leaves its signature as it was. */
export function editManifest(path: string, change: (manifest: SweepManifest) => object): void {
  const manifest: SweepManifest = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, `${JSON.stringify({ ...manifest, ...change(manifest) }, null, 1)}\n`);
}

/** Changes a manifest and signs it again with the very key. */
export async function forgeManifest(
  { sign }: Audited,
  path: string,
  change: (manifest: SweepManifest) => object,
): Promise<void> {
  editManifest(path, change);
  const signature = Buffer.from(await sign(readFileSync(path))).toString("base64");
  const { signer } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(`${path}.sig`, JSON.stringify({ version: 1, ...signer, signature }));
}
