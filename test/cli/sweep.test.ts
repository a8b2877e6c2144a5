/** What a person may rely on of `sweep`: its table, its one JSON object, its exit code. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const DEVICE = { type: "TOTP", status: "ACTIVE" };

async function withWorkspace(settings: PingOneSettings, work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = await openWorkspace(settings);
  try {
    await work(workspace);
  } finally {
    await workspace.close();
  }
}

/** Makes the first `count` active people the only ones whose MFA is off; each has a device. */
function switchOff({ pingone }: Workspace, count: number): string[] {
  const people = Array.from({ length: 60 }, (_, index) => pingone.account(index)).filter(({ enabled }) => enabled);
  return people.slice(0, count).map(({ id }) => {
    pingone.change(id, { mfaEnabled: false, devices: [DEVICE] });
    return id;
  });
}

// The stack of each has a folder of its own.
describe("sweep", { concurrency: 3 }, () => {
  test("plans, then enforces, then finds nothing to do", () =>
    withWorkspace({ accounts: 60, mfaEnabledShare: 1 }, async (workspace) => {
      const ids = switchOff(workspace, 3);
      const planned = await workspace.run("sweep");
      assert.equal(planned.code, 1, planned.stderr);
      assert.match(planned.stdout, /3 planned: 3 to make\n[\s\S]*Nothing was changed\. Sweep with --mode enforce/);
      assert.match(planned.stdout, /violating \(enabled\)/);
      assert.deepEqual(workspace.pingone.counts()["PUT mfaEnabled"] ?? 0, 0);

      const enforced = await workspace.run("sweep", "--mode", "enforce");
      assert.equal(enforced.code, 0, enforced.stderr);
      assert.match(enforced.stdout, /3 planned: 3 enforced\n/);
      assert.match(enforced.stderr, /60 of 60|everything read and judged/);
      for (const id of ids) assert.equal(workspace.pingone.find(id)?.mfaEnabled, true);

      const again = await workspace.run("sweep", "--mode", "enforce", "--json");
      assert.equal(again.code, 0, again.stderr);
      assert.equal(again.stderr, "");
      assert.equal(workspace.pingone.counts()["PUT mfaEnabled"], 3);
      const zero = {
        planned: 0,
        enforced: 0,
        reverted: 0,
        already: 0,
        "needs-user": 0,
        staged: 0,
        refused: 0,
        unverified: 0,
        failed: 0,
      };
      const report = JSON.parse(again.stdout);
      const { verdicts, head, plan } = report.directories[0];
      assert.match(head, /^[0-9a-f]{64}$/);
      assert.match(plan.hash, /^[0-9a-f]{64}$/);
      const state = join(workspace.folder, ".mfa-warden");
      for (const at of [report.startedAt, report.endedAt]) assert.equal(new Date(at).toISOString(), at);
      assert.deepEqual(report, {
        run: report.run,
        mode: "enforce",
        status: "completed",
        startedAt: report.startedAt,
        endedAt: report.endedAt,
        state,
        evidence: join(state, "evidence", "runs", report.run, "/"),
        plan: { hash: report.plan.hash, status: "applied" },
        directories: [
          {
            id: "workforce",
            vendor: "pingone",
            status: "completed",
            total: 60,
            read: 60,
            verdicts,
            changes: zero,
            after: verdicts,
            plan: { hash: plan.hash, status: "applied", changes: [] },
            head,
            problems: [],
            notes: [
              {
                code: "NOTE_BREAK_GLASS",
                message: "workforce is in mode enforce, and breakGlass lists no account of it; list at least 2.",
              },
            ],
          },
        ],
      });
      assert.deepEqual(Object.keys(verdicts), [
        "compliant",
        "pending",
        "violating",
        "grace",
        "exempt",
        "unknown",
        "out-of-scope",
      ]);
      assert.equal(verdicts.compliant + verdicts["out-of-scope"], 60);
      assert.ok(
        existsSync(join(workspace.folder, ".mfa-warden", "evidence", "runs", report.run, "workforce", "manifest.json")),
      );
    }));

  test("a plan names who would be changed, by which rule; the terminal shows the worst, and says how to see all", () =>
    withWorkspace({ accounts: 60, mfaEnabledShare: 1 }, async (workspace) => {
      const ids = switchOff(workspace, 14);
      for (const id of ids.slice(0, 2)) workspace.pingone.change(id, { devices: [] });
      const { stdout } = await workspace.run("sweep");
      assert.match(stdout, /workforce {2}what would be changed\n {2}plan: 14, the first 10 are shown\n/);
      assert.equal(stdout.match(/everyone +enabled +switch MFA on/g)?.length, 10);
      const [, command = ""] = /npm run -s warden -- (plan .*)/.exec(stdout) ?? [];
      const all = await workspace.run(...command.split(" "));
      assert.equal(all.code, 0, all.stderr);
      assert.equal(all.stdout.match(/everyone +enabled +switch MFA on/g)?.length, 12);
      assert.equal(all.stdout.match(/everyone +enabled +needs-user: /g)?.length, 2);

      const { directories } = JSON.parse((await workspace.run("sweep", "--json")).stdout);
      const { hash, changes } = directories[0].plan;
      assert.match(hash, /^[0-9a-f]{64}$/);
      assert.deepEqual(changes.map(({ id }: { id: string }) => id).toSorted(), ids.toSorted());
      const [first] = changes;
      assert.deepEqual([first.rule, first.requirement, first.before.enabled], ["everyone", "enabled", false]);
      assert.equal((await workspace.run("plan", "nobody")).code, 2);
    }));

  test("a client secret that is refused fails its directory alone", () =>
    withWorkspace({ accounts: 40, mfaEnabledShare: 1 }, async (workspace) => {
      workspace.write(
        "policy.yaml",
        policyOf([directoryOf("broken", workspace.pingone), directoryOf("workforce", workspace.pingone)]),
      );
      const { credentials } = workspace.pingone;
      workspace.write("secrets.json", { workforce: credentials, broken: { ...credentials, clientSecret: "wr0ng" } });
      const { code, stdout, stderr } = await workspace.run("sweep", "--mode", "enforce");
      assert.equal(code, 3, stderr);
      assert.match(stdout, /broken \(pingone\) {2}failed, nothing was read/);
      assert.match(stdout, /ERR_VENDOR_AUTH/);
      assert.match(stdout, /workforce \(pingone\) {2}completed, 40 of 40/);
      assert.doesNotMatch(stdout + stderr, /wr0ng/);

      const one = await workspace.run("sweep", "--directory", "workforce", "--json");
      assert.equal(one.code, 0, one.stderr);
      assert.deepEqual(
        JSON.parse(one.stdout).directories.map(({ id }: { id: string }) => id),
        ["workforce"],
      );

      const doctor = await workspace.run("doctor", "--json");
      assert.equal(doctor.code, 3, doctor.stderr);
      const failed = JSON.parse(doctor.stdout).checks.filter(({ result }: { result: string }) => result === "failed");
      assert.deepEqual(
        failed.map(({ directory, name }: Record<string, string>) => `${directory} ${name}`),
        ["broken token"],
      );
    }));

  test("an incomplete run outranks violations, and changes nothing", () =>
    withWorkspace({ accounts: 40, mfaEnabledShare: 1 }, async (workspace) => {
      switchOff(workspace, 2);
      workspace.pingone.setFault({ kind: "miscount-populations", by: 1 });
      const { code, stdout, stderr } = await workspace.run("sweep", "--mode", "enforce");
      assert.equal(code, 3, stderr);
      assert.match(stdout, /incomplete/);
      assert.match(stdout, /ERR_READ_SHORT/);
      assert.equal(workspace.pingone.counts()["PUT mfaEnabled"] ?? 0, 0);
    }));

  test("a wave that goes wrong halts the run: exit code 3, why, and the command that approves what is left", () =>
    withWorkspace({ accounts: 60, mfaEnabledShare: 1 }, async (workspace) => {
      const [first = "", ...ids] = switchOff(workspace, 8).toSorted();
      for (const user of ids.slice(0, 2))
        workspace.pingone.setFault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 400, user });
      const { code, stdout, stderr } = await workspace.run("sweep", "--mode", "enforce");
      assert.equal(code, 3, stderr);
      assert.match(stdout, /workforce \(pingone\) {2}halted, 60 of 60 accounts read/);
      assert.match(stdout, /8 planned: 2 not made, 4 enforced, 2 failed\n/);
      assert.match(stdout, /ERR_WAVE_HALTED Wave 2 of workforce went wrong: 2 of its 5 changes failed/);
      assert.match(stdout, /approve [0-9A-Z]{26} --directory workforce --plan [0-9a-f]{64} /);
      assert.equal(workspace.pingone.find(first)?.mfaEnabled, true);
    }));

  test("a rest between waves that is no whole minute, or too long, is refused", () =>
    withWorkspace({ accounts: 10 }, async (workspace) => {
      for (const time of ["16m", "0m", "1h", "10", "ten"]) {
        const { code, stderr } = await workspace.run("sweep", "--wave-wait", time);
        assert.equal(code, 2, time);
        assert.match(stderr, /from 1m to 15m/);
      }
    }));

  test("no user name breaks the table or the terminal, and JSON keeps it as it is", () =>
    withWorkspace({ accounts: 40, mfaEnabledShare: 1 }, async (workspace) => {
      const awkward = Array.from({ length: 6 }, (_, n) => workspace.pingone.account(5 + 6 * n));
      for (const { id } of awkward) workspace.pingone.change(id, { enabled: true, mfaEnabled: false, devices: [] });
      const { code, stdout, stderr } = await workspace.run("sweep", "--mode", "enforce");
      assert.equal(code, 1, stderr);
      assert.match(stdout, /6 needs-user/);
      assert.deepEqual((stdout + stderr).replaceAll("\n", "").match(/[\p{C}\p{Zl}\p{Zp}]/u), null);
      const rows = stdout.split("\n").filter((line) => line.includes("violating (enabled)"));
      assert.equal(rows.length, 6);
      assert.ok(rows.every((row) => row.length < 250));
      assert.ok(rows.some((row) => row.includes("\\u{202e}")) && rows.some((row) => row.includes("␛[31mred")));

      const planned = await workspace.run("sweep");
      assert.match(planned.stdout, /6 planned: 6 needs-user\n/);
      assert.doesNotMatch(planned.stdout, /Nothing was changed/);
      assert.match((await workspace.run("status")).stdout, /open \(6\)/);
      const status = await workspace.run("status", "--json");
      assert.equal(status.stdout.replaceAll("\n", "").match(/[\p{C}\p{Zl}\p{Zp}]/u), null);
      const names = JSON.parse(status.stdout).directories[0].open.map(({ username }: { username: string }) => username);
      assert.deepEqual(names.toSorted(), awkward.map(({ username }) => username).toSorted());
    }));

  test("status --all lists every open account, those who must act themselves first", () =>
    withWorkspace({ accounts: 60, mfaEnabledShare: 1 }, async (workspace) => {
      const open = switchOff(workspace, 14);
      for (const id of open.slice(0, 3)) workspace.pingone.change(id, { devices: [] });
      const swept = await workspace.run("sweep");
      assert.match(swept.stdout, /14 planned: 11 to make, 3 needs-user/);
      const short = (await workspace.run("status")).stdout;
      assert.match(short, /open \(the first 10\)[\s\S]*`status --all` lists them all/);
      const whole = (await workspace.run("status", "--all")).stdout;
      assert.match(whole, /open \(14\)/);
      assert.doesNotMatch(whole, /lists them all/);
      const listed = JSON.parse((await workspace.run("status", "--all", "--json")).stdout).directories[0].open;
      assert.deepEqual(listed.map(({ id }: { id: string }) => id).toSorted(), open.toSorted());
      assert.deepEqual(
        listed.slice(0, 4).map(({ needs }: { needs: string | null }) => needs),
        ["device", "device", "device", null],
      );
    }));
});
