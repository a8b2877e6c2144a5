/**
 * `npm run test:aws`: the tests of what stands on AWS, against servers that nobody here wrote. Only the files that are named, where
 * any are. Skipped, saying so, where a server cannot be had.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LoopbackServer } from "../../loopback.ts";
import type { Distribution } from "../../servers/download.ts";
import { findDynamoDbLocal, startDynamoDbLocal } from "./dynamodb-local.ts";
import { findMoto, startMoto } from "./moto.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FILES = [
  "test/ledger/ledger.test.ts",
  "test/aws/bucket-contract.test.ts",
  "test/aws/queue.test.ts",
  "test/aws/server/services.check.ts",
  "test/aws/server/roles.check.ts",
  "test/sweep/sweep.test.ts",
  "test/sweep/crash.test.ts",
  "test/recheck/recheck.test.ts",
  "test/recheck/secret-rotation.test.ts",
  "test/approval/approve.test.ts",
  "test/approval/crash.test.ts",
  "test/webhook/webhook.test.ts",
  "test/evidence/seal.test.ts",
  "test/functions/workflows.test.ts",
  "test/functions/report.test.ts",
  ...(existsSync(join(ROOT, ".sst/platform")) ? ["test/infra/handlers.check.ts"] : []),
];

interface Kind {
  readonly name: string;
  /** Where tests look for the server's address. */
  readonly variable: string;
  readonly find: () => Distribution;
  readonly start: (home: string) => Promise<LoopbackServer>;
}

const KINDS: readonly Kind[] = [
  {
    name: "DynamoDB Local",
    variable: "MFA_WARDEN_TEST_DYNAMODB",
    find: findDynamoDbLocal,
    start: startDynamoDbLocal,
  },
  {
    name: "moto",
    variable: "MFA_WARDEN_TEST_AWS",
    find: findMoto,
    start: startMoto,
  },
];

async function main(files: readonly string[]): Promise<number> {
  const servers: LoopbackServer[] = [];
  try {
    const addresses: Record<string, string> = {};
    for (const { name, variable, find, start } of KINDS) {
      const found = find();
      if ("missing" in found) return skip(`there is no ${name}: ${found.missing}`);
      const server = await start(found.home);
      servers.push(server);
      addresses[variable] = server.address;
    }
    return await runTests(files, addresses);
  } finally {
    await Promise.all(servers.map(({ close }) => close()));
  }
}

function skip(why: string): number {
  console.error(`The tests on AWS's servers are skipped: ${why}.`);
  return 0;
}

/** Answers the exit code. */
async function runTests(files: readonly string[], addresses: Readonly<Record<string, string>>): Promise<number> {
  const args = ["--test", "--test-concurrency=2", "--test-timeout=600000", ...files];
  const tests = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...addresses },
    stdio: "inherit",
  });
  // Ctrl-C ends the tests; the servers are ended after them.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
  const [code] = await once(tests, "exit");
  return code ?? 1;
}

const named = process.argv.slice(2);
process.exitCode = await main(named.length > 0 ? named : FILES);
