/** The floors of the report and of the verifier: the same files read and unzipped, and for the verifier also hashed, and nothing else. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startStopwatch } from "../shared/stopwatch.ts";
import { evidenceIn } from "./store-runs.ts";

const REPETITIONS = 3;

/** In seconds; the fastest of several. */
export interface Floors {
  readonly unzip: number;
  readonly hashAndUnzip: number;
}

/** Over all evidence of a state folder: the run and the one before it. */
export function measureFloors(state: string): Floors {
  const folder = evidenceIn(state);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const fastest = (work: (file: string) => void) =>
    Math.min(...Array.from({ length: REPETITIONS }, () => time(files, work)));
  return {
    unzip: fastest((file) => void unzip(file, readFileSync(file))),
    hashAndUnzip: fastest((file) => {
      const bytes = readFileSync(file);
      createHash("sha256").update(bytes).digest();
      unzip(file, bytes);
    }),
  };
}

const unzip = (file: string, bytes: Buffer) => (file.endsWith(".gz") ? gunzipSync(bytes) : bytes);

function time(files: readonly string[], work: (file: string) => void): number {
  const readStopwatch = startStopwatch();
  for (const file of files) work(file);
  return readStopwatch().seconds;
}
