/** What a person may rely on of `status RUN`, its filters and `--watch`: who is left out is counted, and what was not read is said. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import type { ProgramResult } from "../processes.ts";
import { start } from "./server.ts";
import { NO_TERMINAL, wardenOnTerminal } from "./terminal.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

/** As xterm's documents have it: the alternate screen, and the cursor. */
const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";

const TWO_RULES = `rules:
  - { name: administrators, match: { usernames: ["*-adm@example.com"] }, require: enabled }
  - { name: everyone, match: all, require: enabled }
`;

let workspace: Workspace;
let run: string;
/** What was said before the first sweep. */
let unswept: ProgramResult;
/** The vendor holds the listing back while this is set. */
let held: Promise<void> | undefined;
let reached = Promise.withResolvers<void>();

const holdListing: PingOneSettings["before"] = async ({ route }) => {
  if (route !== "users" || !held) return;
  reached.resolve();
  await held;
};

before(async () => {
  workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1, before: holdListing });
  for (const number of [0, 1, 2, 3, 4])
    workspace.pingone.change(workspace.pingone.account(number).id, {
      enabled: true,
      mfaEnabled: false,
      username: number < 2 ? `p${number}-adm@example.com` : `p${number}@example.com`,
      devices: [{ type: "TOTP", status: "ACTIVE" }],
    });
  workspace.write("policy.yaml", policyOf([directoryOf("workforce", workspace.pingone)], TWO_RULES));
  await workspace.run("switch", "on", "--reason", "so that there are records, and no sweep");
  unswept = await workspace.run("status", "--rule", "everyone");
  run = JSON.parse((await workspace.run("sweep", "--json")).stdout).run;
});
after(() => workspace.close());

test("a run is told with its coverage, its directories and its plans; one that there is not is wrong input", async () => {
  const { code, stdout, stderr } = await workspace.run("status", run);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^Run ${run} {2}mode plan, completed\n`));
  assert.match(stdout, /plan of workforce: waiting\n\n\d+ of \d+ accounts proven \(.* %\), 5 violating, 0 unknown\n$/);
  const json = JSON.parse((await workspace.run("status", run, "--json")).stdout);
  assert.deepEqual([json.run, json.coverage.violating, json.coverage.incomplete, json.notBegun], [run, 5, [], []]);
  const unknown = await workspace.run("status", "01NONE");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /There is no run 01NONE; `status` lists the last ones\..*ERR_RUN_UNKNOWN/);
});

test("accounts are listed by verdict, rule, time and directory, and who is left out is counted", async () => {
  const admins = await workspace.run("status", "--verdict", "violating", "--rule", "administrators", "--since", "7d");
  assert.equal(admins.code, 0, admins.stderr);
  assert.equal(admins.stdout.match(/-adm@example\.com +violating \(enabled\) +\d{4}-/g)?.length, 2);
  assert.doesNotMatch(admins.stdout, /p2@/);

  const cut = await workspace.run("status", "--verdict", "violating", "--directory", "workforce", "--limit", "2");
  assert.match(cut.stdout, /and 3 more; --limit 5 lists them all/);
  const json = JSON.parse((await workspace.run("status", "--rule", "everyone", "--limit", "1", "--json")).stdout);
  assert.deepEqual([json.accounts.length, json.leftOut, json.accounts[0].rule], [1, 2, "everyone"]);
});

test("nothing found is never said of what was not looked at", async () => {
  assert.equal(unswept.code, 0, unswept.stderr);
  assert.match(unswept.stdout, /^No sweep is recorded, so nobody was looked for/);
  assert.match((await workspace.run("status", "--verdict", "exempt")).stdout, /^No account fits in workforce\.$/m);
  const looked = JSON.parse((await workspace.run("status", "--verdict", "exempt", "--json")).stdout);
  assert.deepEqual([looked.directories, looked.accounts], [["workforce"], []]);
  const directory = await workspace.run("status", "--directory", "workfroce");
  assert.equal(directory.code, 2);
  assert.match(directory.stderr, /No sweep of workfroce is recorded; there are workforce\./);
  assert.match(
    (await workspace.run("status", "--rule", "admins")).stdout,
    /Whether there is a rule admins is not known/,
  );
  assert.match(
    (await workspace.run("status", "--verdict", "compliant")).stderr,
    /can be listed are violating, unknown/,
  );
  assert.match((await workspace.run("status", "--since", "7")).stderr, /hours or days, like 12h or 7d/);
  workspace.pingone.setFault({ kind: "miscount", by: 5 });
  await workspace.run("sweep");
  workspace.pingone.clearFaults();
  const { stdout } = await workspace.run("status", "--verdict", "unknown");
  assert.match(stdout, /incomplete: the last sweep of workforce did not read everybody[\s\S]*No account fits/);
  const whole = await workspace.run("status", JSON.parse((await workspace.run("status", "--json")).stdout).runs[0].run);
  assert.match(whole.stdout, /of at least \d+ accounts proven/);
});

/** Starts a sweep that stands still until `release` is called. */
async function withStandingSweep(work: (release: () => void) => Promise<void>): Promise<void> {
  reached = Promise.withResolvers();
  const { promise, resolve } = Promise.withResolvers<void>();
  held = promise;
  const sweep = start(workspace.folder, "sweep");
  try {
    await reached.promise;
    await work(resolve);
  } finally {
    held = undefined;
    resolve();
    await sweep.end("SIGTERM");
  }
}

test("without a terminal --watch prints lines until the run is over, then what it came to", () =>
  withStandingSweep(async (release) => {
    const watch = start(workspace.folder, "status", "--watch");
    await watch.line(/^run \S+: workforce running$/);
    release();
    assert.deepEqual(await once(watch.child, "close"), [0, null]);
    assert.match(watch.lines.join("\n"), /accounts proven/);
    assert.match(watch.lines.join("\n"), /mode plan, completed/);
    assert.match((await workspace.run("status", "--watch")).stdout, /No run is going/);
  }));

test(
  "on a terminal --watch refreshes in place, and Ctrl-C gives the terminal back while the run goes on",
  {
    skip: NO_TERMINAL,
  },
  () =>
    withStandingSweep(async () => {
      const watch = wardenOnTerminal(workspace.folder, "status", "--watch");
      await watch.see(/workforce +running[\s\S]*Ctrl-C ends this view/);
      watch.interrupt();
      assert.equal(await watch.ended, 130);
      assert.ok(watch.raw().startsWith(ENTER_SCREEN));
      assert.ok(watch.raw().includes(LEAVE_SCREEN));
      const { runs } = JSON.parse((await workspace.run("status", "--json")).stdout);
      assert.equal(runs[0].status, "running");
    }),
);
