/** An archive of `report --pack`, unpacked somewhere else as an auditor does, and programs that run in it. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { openRecords } from "../../cli/local/records.ts";
import { makeReport } from "../../cli/report/make-report.ts";
import { type Packed, writePack } from "../../cli/report/pack.ts";
import type { PackPorts } from "../../cli/report/pack-content.ts";
import { type ProgramResult, runNode, WITHOUT_COMPILE_CACHE } from "../processes.ts";
import type { Workspace } from "./workspace.ts";

export interface Archive {
  readonly made: Packed;
  /** Names in the archive. */
  readonly files: readonly string[];
  /** Where it was unpacked. */
  readonly at: string;
  /** To be removed in the end. */
  readonly folder: string;
}

/** Packs a run of a workspace and unpacks it. */
export async function packed(workspace: Workspace, run: string): Promise<Archive> {
  const state = join(workspace.folder, ".mfa-warden");
  const records = await openRecords({ state, lease: 60 }, AbortSignal.timeout(20_000));
  try {
    return await packedFrom({ ...records, signer: records.signer() }, run);
  } finally {
    records.close();
  }
}

/** Packs a run from wherever it is recorded, and unpacks it. */
export async function packedFrom(ports: Parameters<typeof makeReport>[0] & PackPorts, run: string): Promise<Archive> {
  const folder = mkdtempSync(join(tmpdir(), "warden-pack-"));
  const signal = AbortSignal.timeout(30_000);
  const report = await makeReport(ports, { run, out: join(folder, "report") }, signal);
  const source = { run: report.head.run, folder: report.place, files: report.files };
  const made = await writePack(join(folder, "run.zip"), ports, source, signal);
  const files = unzipSync(readFileSync(join(folder, "run.zip")));
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, "unpacked", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return { made, files: Object.keys(files), at: join(folder, "unpacked"), folder };
}

/** Plain Node in a folder, as an auditor has it who has nothing else. */
export const node = (cwd: string, ...args: string[]): Promise<ProgramResult> =>
  runNode(args, { cwd, env: WITHOUT_COMPILE_CACHE });
