/** The folder of `demo`: made anew each time, and nothing of anybody else is deleted for it. */

import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import { makeFolder, unwritable } from "../state/private-files.ts";
import { joinStack } from "../state/stack.ts";
import { STACK } from "../state/stack-description.ts";

const MARK = ".mfa-warden-demo";
const STOP_DEADLINE_MS = 30_000;

/** Throws `ERR_INPUT_INVALID` when the folder holds something that no demo wrote. */
export async function renewDemoFolder(folder: string): Promise<void> {
  await removeOldDemo(folder);
  makeFolder(folder, "state folder", "--state");
  writeFileSync(join(folder, MARK), "");
}

async function removeOldDemo(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  if (!isDemoFolder(folder))
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${folder} holds something that no demo wrote; move it away, or name another folder with --state.`,
    );
  if (existsSync(join(folder, STACK.file)))
    await (await joinStack(folder, AbortSignal.timeout(STOP_DEADLINE_MS))).stop();
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw unwritable(folder, error, "state folder", "--state");
  }
}

/** An empty folder is as good as one. */
const isDemoFolder = (folder: string): boolean =>
  statSync(folder).isDirectory() && (readdirSync(folder).length === 0 || existsSync(join(folder, MARK)));
