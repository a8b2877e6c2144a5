/** What a script may rely on of `--fail-on` and `--new-since`: an exit code of their own, and never a 0 for what was not read. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorkspace, type Workspace } from "./workspace.ts";

let workspace: Workspace;
let first: string;
/** The exit code before the first sweep. */
let unswept: number | null;
before(async () => {
  workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1 });
  switchOff(0);
  await workspace.run("switch", "on", "--reason", "so that there are records, and no sweep");
  unswept = await codeOf("status", "--fail-on", "violating");
  first = JSON.parse((await workspace.run("sweep", "--json")).stdout).run;
});
after(() => workspace.close());

const switchOff = (number: number) =>
  workspace.pingone.change(workspace.pingone.account(number).id, {
    enabled: true,
    mfaEnabled: false,
    devices: [{ type: "TOTP", status: "ACTIVE" }],
  });

const codeOf = async (...args: string[]) => (await workspace.run(...args)).code;

test("each command has exit code 4 for what is named, and 0 where nothing of it is there", async () => {
  const violating = await workspace.run("status", "--fail-on", "violating,incomplete");
  assert.equal(violating.code, 4, violating.stderr);
  assert.match(
    violating.stderr,
    /Found 1 violating, 0 unknown, 0 incomplete, 0 not-taken: exit code 4 for violating\./,
  );
  assert.equal(await codeOf("status", first, "--fail-on", "violating"), 4);
  assert.equal(await codeOf("report", "--fail-on", "violating"), 4);
  assert.equal(await codeOf("status", "--fail-on", "unknown,incomplete,not-taken"), 0);
  const swept = await workspace.run("sweep", "--fail-on", "unknown", "--json");
  assert.equal(swept.code, 0, swept.stderr);
  assert.deepEqual(JSON.parse(swept.stdout).findings, {
    counts: { violating: 1, unknown: 0, incomplete: 0, "not-taken": 0 },
    found: [],
  });
  assert.match(
    (await workspace.run("status", "--fail-on", "violated")).stderr,
    /It takes violating, unknown, incomplete/,
  );
  assert.equal(await codeOf("status", "--fail-on", "violating", "--rule", "everyone"), 2);
});

test("against a baseline only what is new counts, and an account that it did not know is new", async () => {
  assert.equal(await codeOf("sweep", "--new-since", first), 0);
  workspace.pingone.join({ enabled: true, mfaEnabled: false });
  switchOff(1);
  const swept = await workspace.run("sweep", "--new-since", first, "--json");
  assert.equal(swept.code, 4, swept.stderr);
  const { findings } = JSON.parse(swept.stdout);
  assert.deepEqual([findings.counts.violating, findings.newSince, findings.found], [2, first, ["violating"]]);
  assert.match(
    swept.stderr,
    new RegExp(`violating and unknown only if new since run ${first}: exit code 4 for violating`),
  );
  assert.equal(await codeOf("status", "--new-since", first), 4);
  assert.equal(await codeOf("report", "--new-since", first), 4);
  assert.equal(await codeOf("report", "--run", first, "--new-since", first), 0);
});

test("what was not read is no 0, whatever is asked for, and no baseline either", async () => {
  workspace.pingone.setFault({ kind: "miscount", by: 5 });
  const swept = await workspace.run("sweep", "--fail-on", "nothing", "--json");
  workspace.pingone.clearFaults();
  assert.equal(swept.code, 3, swept.stderr);
  assert.equal(await codeOf("status", "--fail-on", "unknown"), 3);
  assert.equal(await codeOf("status", "--fail-on", "incomplete"), 4);
  const { run } = JSON.parse(swept.stdout);
  const calls = workspace.pingone.calls.length;
  const baseline = await workspace.run("sweep", "--new-since", run);
  assert.equal(baseline.code, 2);
  assert.match(baseline.stderr, new RegExp(`Run ${run} did not read everybody[^\\n]*it is incomplete`));
  assert.equal(workspace.pingone.calls.length, calls);
  assert.equal(await codeOf("status", "--new-since", "01NONE"), 2);
  assert.equal(await codeOf("status", "--state", "nowhere", "--fail-on", "violating"), 3);
  assert.equal(unswept, 3);
});
