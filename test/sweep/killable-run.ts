/** One run in a process of its own, which may be killed at a moment of its life. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { RunReport } from "../../lib/run/index.ts";
import { runNode } from "../processes.ts";
import type { World } from "../world.ts";
import type { ChildOptions } from "./crash-child.ts";

const CHILD = fileURLToPath(new URL("./crash-child.ts", import.meta.url));

/** What is not given is as in every other run. */
export type Life = Partial<Pick<ChildOptions, "order" | "killAt" | "durable" | "minShardedAccounts" | "leaseSeconds">>;

/** The report of the run, or `undefined` if it was killed. @param yaml the policy behind its directories */
export async function runKillable(world: World, yaml: string, life: Life): Promise<RunReport | undefined> {
  const options: ChildOptions = {
    endpoints: world.endpoints,
    accessKey: "local",
    table: world.table,
    bucket: world.bucket,
    secret: world.vendor.credentials,
    policy: world.ports(yaml).policy,
    leaseSeconds: 1,
    readBackTimeoutMs: 4_000,
    ...life,
  };
  const { code, signal, stdout, stderr } = await runNode([CHILD, JSON.stringify(options)]);
  assert.ok(code === 0 || signal === "SIGKILL", `the run ended with ${signal ?? code}: ${stderr}`);
  if (signal === "SIGKILL") return undefined;
  const line = stdout.split("\n").find((one) => one.startsWith("report "));
  return JSON.parse(line?.slice("report ".length) ?? "");
}
