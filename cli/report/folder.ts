/** A folder that a report is written into, each file whole or not at all. */

import { createWriteStream, mkdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { StoreFile } from "../../lib/report/index.ts";
import { unwritable } from "../state/private-files.ts";

/** For the owner's eyes: it names people. Throws `ERR_INPUT_INVALID` for a folder that cannot be written. */
export const folderStore =
  (folder: string): StoreFile =>
  async (file, _, body) => {
    const draft = join(folder, `.${file}.partial`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      await pipeline(body, createWriteStream(draft, { mode: 0o600 }));
      await rename(draft, join(folder, file));
    } catch (error) {
      // Where it cannot be, there is nothing to take away.
      await rm(draft, { force: true }).catch(() => {});
      throw isOfFile(error) ? unwritable(folder, error, "folder", "--out") : error;
    }
  };

const isOfFile = (error: unknown): boolean => error instanceof Error && "syscall" in error;
