/** How fast the auditor's verifier reads evidence, by its bytes as they are stored; the fastest of three. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { KEY_FILES } from "../../cli/state/file-signer.ts";
import { verify } from "../../verify/verify.mjs";

const TRIES = 3;

/** @param folder with evidence. @param key file with the public key; beside the folder, as in a state folder, unless given */
export async function measureVerify(
  folder: string,
  key = join(dirname(folder), KEY_FILES.public),
): Promise<{ readonly bytes: number; readonly seconds: number }> {
  const keys = [readFileSync(key, "utf8")];
  const tries: { readonly bytes: number; readonly seconds: number }[] = [];
  for (let i = 0; i < TRIES; i++) {
    const started = performance.now();
    const { verified, faults, bytes } = await verify({ folder, keys });
    if (!verified) throw new Error(`The evidence in ${folder} is not verified: ${faults[0]?.text}`);
    tries.push({ bytes, seconds: (performance.now() - started) / 1000 });
  }
  return tries.toSorted((a, b) => a.seconds - b.seconds)[0] ?? { bytes: 0, seconds: 0 };
}
