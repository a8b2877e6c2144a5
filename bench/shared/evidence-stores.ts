/** Evidence without a bucket: files in memory, and files in a folder. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import type { Evidence } from "../../lib/model/index.ts";

/** Evidence in memory. */
export function memoryEvidence(): Evidence {
  const files = new Map<string, Uint8Array>();
  return {
    place: "memory",
    async put(key, bytes) {
      files.set(key, bytes);
    },
    async get(key) {
      const bytes = files.get(key);
      if (bytes) return bytes;
      throw new WardenError("ERR_EVIDENCE_UNAVAILABLE", `There is no file ${key}.`);
    },
  };
}

/** Evidence as plain files, laid out as the embedded bucket lays it out. */
export const folderEvidence = (folder: string): Evidence => ({
  place: folder,
  async put(key, bytes) {
    const path = join(folder, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  },
  get: async (key) => readFileSync(join(folder, key)),
});
