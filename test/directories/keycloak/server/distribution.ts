/** The real Keycloak server to test against: named by KEYCLOAK_HOME, unpacked by an earlier run, or fetched by Maven. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { type Distribution, fetchOnce, sha256, succeeds } from "../../../servers/download.ts";

const VERSION = "26.7.3";
const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
const SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f";

export function findDistribution(): Distribution {
  if (!succeeds("java", ["-version"])) return { missing: "there is no Java" };
  const named = process.env.KEYCLOAK_HOME;
  if (named === undefined) return fetchOnce(`keycloak-${VERSION}`, fetchInto);
  return existsSync(join(named, "bin", "kc.sh")) ? { home: named } : { missing: "KEYCLOAK_HOME has no bin/kc.sh" };
}

function fetchInto(folder: string): Distribution {
  const zip = fetchZip(folder);
  if (zip === undefined) return { missing: `Maven could not fetch ${ARTIFACT}` };
  const hash = sha256(zip);
  if (hash !== SHA256) return { missing: `what Maven fetched as ${ARTIFACT} has the SHA-256 ${hash}, not ${SHA256}` };
  unpack(zip, folder);
  return { home: join(folder, `keycloak-${VERSION}`) };
}

function fetchZip(folder: string): Buffer | undefined {
  const args = ["-q", "-B", "dependency:copy", `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`];
  const zip = join(folder, `keycloak-quarkus-dist-${VERSION}.zip`);
  return succeeds("mvn", args, folder) && existsSync(zip) ? readFileSync(zip) : undefined;
}

function unpack(zip: Buffer, folder: string): void {
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    const path = join(folder, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(path, bytes);
  }
}
