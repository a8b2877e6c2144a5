/** Amazon's own DynamoDB Local, unpacked by an earlier run or fetched by Maven. It knows no permissions. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LoopbackServer } from "../../loopback.ts";
import { type Distribution, fetchOnce, hashFolder, succeeds } from "../../servers/download.ts";
import { freePort, startProgram } from "../../servers/server-process.ts";

/** In pom.xml too. */
const VERSION = "3.3.1";
/** Of all that Maven fetches, as `hashFolder` counts. */
const SHA256 = "eb1de90da2770132811146aed59ce138044a61e7ac7bef9b2f507849177f009f";
const POM = fileURLToPath(new URL("./pom.xml", import.meta.url));
const MAIN = "software.amazon.dynamodb.services.local.main.ServerRunner";
const START_DEADLINE_MS = 60_000;

export function findDynamoDbLocal(): Distribution {
  if (!succeeds("java", ["-version"])) return { missing: "there is no Java" };
  return fetchOnce(`dynamodb-local-${VERSION}`, fetchInto);
}

function fetchInto(folder: string): Distribution {
  const home = join(folder, "lib");
  const args = ["-q", "-B", "-f", POM, "dependency:copy-dependencies", `-DoutputDirectory=${home}`];
  if (!succeeds("mvn", [...args, "-DincludeScope=runtime"], folder))
    return { missing: `Maven could not fetch DynamoDB Local ${VERSION}` };
  const hash = hashFolder(home);
  if (hash === SHA256) return { home };
  return { missing: `what Maven fetched as DynamoDB Local ${VERSION} has the SHA-256 ${hash}, not ${SHA256}` };
}

/** In memory, with one set of tables for whoever asks. */
export async function startDynamoDbLocal(home: string): Promise<LoopbackServer> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const flags = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", `${port}`];
  const close = await startProgram({
    name: "DynamoDB Local",
    command: "java",
    args: [`-Djava.library.path=${home}`, "-cp", join(home, "*"), MAIN, ...flags],
    startDeadlineMs: START_DEADLINE_MS,
    // It refuses what is not signed: an answer is enough.
    isUp: async () => (await fetch(address)).status > 0,
  });
  return { address, close };
}
