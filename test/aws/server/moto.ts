/** moto's server, installed by an earlier run or by pip: S3, SQS, Secrets Manager, KMS, EventBridge, SES and IAM. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LoopbackServer } from "../../loopback.ts";
import { type Distribution, fetchOnce, sha256, succeeds } from "../../servers/download.ts";
import { freePort, startProgram } from "../../servers/server-process.ts";

const REQUIREMENTS = fileURLToPath(new URL("./requirements.txt", import.meta.url));
const SERVER = fileURLToPath(new URL("./moto-server.py", import.meta.url));
const START_DEADLINE_MS = 60_000;

/** A folder for each version of Python: some packages are compiled for one. */
export function findMoto(): Distribution {
  const { status, stdout } = spawnSync("python3", ["-c", "import sys; print(sys.implementation.cache_tag)"]);
  if (status !== 0) return { missing: "there is no Python 3" };
  const packages = sha256(readFileSync(REQUIREMENTS)).slice(0, 12);
  return fetchOnce(`moto-${`${stdout}`.trim()}-${packages}`, install);
}

/** Without a virtual environment: its paths would not outlive the move to its place. */
function install(folder: string): Distribution {
  const home = join(folder, "packages");
  const args = ["-m", "pip", "install", "--quiet", "--target", home, "--require-hashes", "--only-binary", ":all:"];
  if (succeeds("python3", [...args, "--requirement", REQUIREMENTS], folder)) return { home };
  return { missing: "pip could not install it" };
}

/** @param env beside this process's own; `MOTO_ACCOUNT_ID` is whose account it is */
export async function startMoto(home: string, env: Readonly<Record<string, string>> = {}): Promise<LoopbackServer> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const close = await startProgram({
    name: "moto",
    command: "python3",
    args: [SERVER, "--port", `${port}`],
    env: { ...env, PYTHONPATH: home, PYTHONDONTWRITEBYTECODE: "1" },
    startDeadlineMs: START_DEADLINE_MS,
    isUp: async () => (await fetch(`${address}/moto-api/`)).ok,
  });
  return { address, close };
}
