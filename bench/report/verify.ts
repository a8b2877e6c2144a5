/** How fast the auditor's verifier reads evidence, by its bytes as they are stored. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KEY_FILES } from "../../cli/state/file-signer.ts";
import { verify } from "../../verify/verify.mjs";
import { fastest } from "../shared/figures.ts";
import { startStopwatch } from "../shared/stopwatch.ts";
import { evidenceIn } from "./store-runs.ts";

const REPETITIONS = 3;

export interface VerifyTime {
  readonly bytes: number;
  readonly seconds: number;
}

/** Verifies the evidence of a state folder several times, and answers the fastest. Throws if it is not verified. */
export async function measureVerify(state: string): Promise<VerifyTime> {
  const folder = evidenceIn(state);
  const keys = [readFileSync(join(state, KEY_FILES.public), "utf8")];
  const times: VerifyTime[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const readStopwatch = startStopwatch();
    const { verified, faults, bytes } = await verify({ folder, keys });
    if (!verified) throw new Error(`The evidence in ${folder} is not verified: ${faults[0]?.text}`);
    times.push({ bytes, seconds: readStopwatch().seconds });
  }
  return fastest(times);
}
