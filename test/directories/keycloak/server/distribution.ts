/** The real Keycloak server to test against: named by KEYCLOAK_HOME, unpacked by an earlier run, or fetched by Maven. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

const VERSION = "26.7.3";
const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
const SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f";
const FETCH_DEADLINE_MS = 10 * 60_000;

/** The folder of a server, or why there is none. */
export type Distribution = { readonly home: string } | { readonly missing: string };

export function findDistribution(): Distribution {
  if (spawnSync("java", ["-version"]).status !== 0) return { missing: "there is no Java" };
  const named = process.env.KEYCLOAK_HOME;
  if (named !== undefined) return hasServer(named) ? { home: named } : { missing: "KEYCLOAK_HOME has no bin/kc.sh" };
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mfa-warden");
  const home = join(cache, `keycloak-${VERSION}`);
  return hasServer(home) ? { home } : fetchInto(cache, home);
}

const hasServer = (home: string) => existsSync(join(home, "bin", "kc.sh"));

/** Unpacked beside its place first, so that a run which is ended half-way leaves nothing that looks whole. */
function fetchInto(cache: string, home: string): Distribution {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "fetching-"));
  try {
    const zip = fetchZip(folder);
    if (zip === undefined) return { missing: `Maven could not fetch ${ARTIFACT}` };
    const hash = createHash("sha256").update(zip).digest("hex");
    if (hash !== SHA256) return { missing: `what Maven fetched as ${ARTIFACT} has the SHA-256 ${hash}, not ${SHA256}` };
    unpack(zip, folder);
    renameSync(join(folder, `keycloak-${VERSION}`), home);
    return { home };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fetchZip(folder: string): Buffer | undefined {
  const args = ["-q", "-B", "dependency:copy", `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`];
  const { status } = spawnSync("mvn", args, { cwd: folder, stdio: "ignore", timeout: FETCH_DEADLINE_MS });
  const zip = join(folder, `keycloak-quarkus-dist-${VERSION}.zip`);
  return status === 0 && existsSync(zip) ? readFileSync(zip) : undefined;
}

function unpack(zip: Buffer, folder: string): void {
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    const path = join(folder, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(path, bytes);
  }
}
