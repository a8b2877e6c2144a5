/** What the Containerfile puts together runs: its steps are carried out in an empty folder, since no container engine is needed for that. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { startPingOne } from "../../simulators/pingone/index.ts";
import { directoryOf, policyOf } from "../cli/workspace.ts";
import { runNode, WITHOUT_COMPILE_CACHE } from "../processes.ts";
import { isRegistryInReach, ROOT } from "./installed.ts";

const stages = readFileSync(join(ROOT, "examples/container/Containerfile"), "utf8")
  .split(/^FROM .*$/m)
  .slice(1);
const instructions = (stage = "", name: string): string[] =>
  [...stage.matchAll(new RegExp(`^${name} (.+)$`, "gm"))].map(([, rest = ""]) => rest);
const skip = (await isRegistryInReach()) ? false : "the registry is out of reach: nothing can be installed";

/** Copies and runs what a stage says, with `/app` in a folder of ours. */
function carryOut(stage: string | undefined, app: string, from: string): void {
  mkdirSync(app, { recursive: true });
  for (const copy of instructions(stage, "COPY")) {
    const words = copy.replace("--from=dependencies /app/", `${from}/`).split(" ");
    const [to = ""] = words.splice(-1);
    for (const word of words) {
      const source = word.startsWith("/") ? word : join(ROOT, word);
      cpSync(source, to === "./" ? join(app, word) : join(app, to), { recursive: true });
    }
  }
  const env = { ...process.env, COMMIT: "a".repeat(40) };
  for (const command of instructions(stage, "RUN")) execFileSync("sh", ["-c", command], { cwd: app, env });
}

test("the image's content sweeps and reports by its entry point and its variables", { skip }, async (context) => {
  const place = mkdtempSync(join(tmpdir(), "warden-container-"));
  context.after(() => rmSync(place, { recursive: true, force: true }));
  const [dependencies, app] = [join(place, "dependencies"), join(place, "app")];
  carryOut(stages[0], dependencies, "");
  carryOut(stages[1], app, dependencies);
  const pingone = await startPingOne({ accounts: 50, mfaEnabledShare: 1 });
  context.after(() => pingone.close());
  for (const folder of ["config", "secrets", "state"]) mkdirSync(join(place, folder));
  writeFileSync(join(place, "config/policy.yaml"), policyOf([directoryOf("workforce", pingone)]));
  const secrets = JSON.stringify({ workforce: pingone.credentials });
  writeFileSync(join(place, "secrets/secrets.json"), secrets, { mode: 0o440 });
  const pairs = instructions(stages[1], "ENV").flatMap((line) => line.split(" ").map((pair) => pair.split("=")));
  const env = Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, place + value]));
  const [node, ...entry]: string[] = JSON.parse(instructions(stages[1], "ENTRYPOINT")[0] ?? "[]");
  assert.equal(node, "node");
  const run = (...args: string[]) =>
    runNode([...entry.map((word) => word.replace(/^\/app/, app)), ...args], {
      cwd: app,
      env: { ...env, ...WITHOUT_COMPILE_CACHE },
    });
  context.after(async () => (await joinStack(join(place, "state/mfa-warden"), AbortSignal.timeout(10_000))).stop());
  assert.match((await run("--version")).stdout, /a{40}/);
  for (const args of [["sweep", "--mode", "plan", "--fail-on", "incomplete"], ["report"]]) {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stdout + stderr);
  }
});
