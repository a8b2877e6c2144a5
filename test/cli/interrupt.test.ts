/** What a person may rely on when they stop a sweep: it says what it did, and the next one goes on at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { start } from "./server.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

const DEVICE = { type: "TOTP", status: "ACTIVE" };

/** A workspace whose vendor holds the third change back, until it is told to go on. */
async function withSlowChange(work: (workspace: Workspace, reached: Promise<void>) => Promise<void>): Promise<void> {
  let puts = 0;
  const reached = Promise.withResolvers<void>();
  const before: PingOneSettings["before"] = async ({ method }) => {
    if (method !== "PUT") return;
    puts++;
    if (puts === 3) reached.resolve();
    if (puts >= 3) await delay(1_000);
  };
  const workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1, before });
  try {
    for (let index = 0, found = 0; found < 12; index++) {
      const { id, enabled } = workspace.pingone.account(index);
      if (!enabled) continue;
      workspace.pingone.change(id, { mfaEnabled: false, devices: [DEVICE] });
      found++;
    }
    await work(workspace, reached.promise);
  } finally {
    await workspace.close();
  }
}

const signals: readonly (readonly [signal: NodeJS.Signals, code: number])[] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
];
for (const [signal, code] of signals)
  test(`${signal} in the middle of the changes: what was begun is finished, and another sweep goes on at once`, () =>
    withSlowChange(async (workspace, reached) => {
      const sweep = start(workspace.folder, "sweep", "--mode", "enforce");
      await reached;
      assert.equal(await sweep.end(signal), code, sweep.lines.join("\n"));
      const said = sweep.lines.filter((line) => line.startsWith("Stopped: "));
      assert.match(
        said.join(),
        /^Stopped: 60 accounts were read, \d+ changes were made or refused, and recorded\. It is safe/,
      );

      const status = JSON.parse((await workspace.run("status", "--json")).stdout);
      assert.equal(status.runs[0].status, "failed");
      const again = await workspace.run("sweep", "--mode", "enforce");
      assert.equal(again.code, 0, again.stderr);
      assert.doesNotMatch(again.stderr, /waiting/);
      assert.equal(workspace.pingone.counts()["PUT mfaEnabled"], 12);
    }));

test("a sweep that was killed is shown as dead once its lease has run out", () =>
  withSlowChange(async (workspace, reached) => {
    const sweep = start(workspace.folder, "sweep", "--mode", "enforce", "--lease", "1");
    await reached;
    await sweep.end("SIGKILL");
    await delay(1_500);
    const { stdout } = await workspace.run("status");
    assert.match(stdout, /enforce +died +workforce/);
    const { runs } = JSON.parse((await workspace.run("status", "--json")).stdout);
    assert.deepEqual([runs[0].status, runs[0].died], ["running", true]);
  }));
