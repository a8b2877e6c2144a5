/** What a person may rely on of `report`: it says where everything is, and how complete, on paper, terminal and to machines. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Desk, openDesk } from "./terminal.ts";

let desk: Desk;
before(async () => {
  desk = await openDesk({ accounts: 60, mfaEnabledShare: 1 });
  desk.pingone.change(desk.pingone.account(0).id, { enabled: true, username: "\u001b[31m<script>=1+1" });
});
after(() => desk.close());

const state = ".mfa-warden";

test("before the first run there is nothing to report, and no page is made", async () => {
  const { code, stderr } = await desk.run("report");
  assert.equal(code, 2);
  assert.match(stderr, /Nothing is recorded in \.mfa-warden yet.*ERR_INPUT_INVALID/);
});

test("alone it makes the page and the tables of the last run", async () => {
  assert.equal((await desk.run("sweep", "--json")).code, 0);
  const { code, stdout, stderr } = await desk.run("report");
  assert.equal(code, 0, stderr);
  const page = /page +(\S+)/.exec(stdout)?.[1] ?? "";
  const text = readFileSync(join(desk.folder, page), "utf8");
  assert.match(text, /^<!doctype html>/);
  assert.match(text, /␛\[31m&lt;script&gt;=1\+1|All \d+ accounts are covered/);
  const made = readdirSync(join(desk.folder, page, ".."));
  assert.deepEqual(made.toSorted(), ["population.csv", "population.jsonl", "report.html"]);
});

test("as JSON it is one object, and --out and --format choose", async () => {
  const { code, stdout } = await desk.run("report", "--json", "--out", "here", "--format", "junit,csv");
  assert.equal(code, 0);
  const { page, files, status, incomplete, subjects, verdicts } = JSON.parse(stdout);
  assert.deepEqual([page, status, incomplete, subjects], ["here/report.html", "completed", [], 60]);
  assert.deepEqual(files, ["report.html", "junit.xml", "population.csv"]);
  assert.equal(verdicts.violating, 0);
  assert.ok(existsSync(join(desk.folder, "here/junit.xml")));
});

test("what is wrong with the question is said before anything is made", async () => {
  const asked: [string[], RegExp][] = [
    [["--run", "01NEVER"], /There is no run 01NEVER.*ERR_RUN_UNKNOWN/],
    [["--format", "pdf"], /There is no format pdf; there are csv, jsonl/],
    [["--format", "asff"], /asff needs --aws-account and --aws-region/],
    [["--format", ","], /not a list of names/],
    [["--out", "policy.yaml"], /policy\.yaml cannot be written.*--out/],
  ];
  for (const [args, says] of asked) {
    const { code, stdout, stderr } = await desk.run("report", ...args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, says);
  }
});

test("a run that is not complete says so in the first line, and exits 3", async () => {
  desk.pingone.fault({ kind: "miscount", by: 40 });
  await desk.run("sweep");
  desk.pingone.heal();
  const { code, stdout } = await desk.run("report");
  assert.equal(code, 3);
  assert.match(stdout, /^INCOMPLETE: run \S+ \(incomplete\)/);
});

test("a page of the evidence that is gone ends it, and leaves no report", async () => {
  const { run } = JSON.parse((await desk.run("sweep", "--json")).stdout);
  const pages = join(desk.folder, state, "evidence/runs", run, "workforce");
  for (const file of readdirSync(pages)) if (file.startsWith("page-")) rmSync(join(pages, file));
  const { code, stderr } = await desk.run("report");
  assert.equal(code, 3);
  assert.match(stderr, /page-00000-00000.*ERR_EVIDENCE_/);
  const folder = join(desk.folder, state, "reports", run);
  assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], []);
});
