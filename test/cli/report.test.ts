/** What a person may rely on of `report`: it says where everything is, and how complete, on paper, terminal and to machines. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import { node } from "./archive.ts";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1 });
  workspace.pingone.change(workspace.pingone.account(0).id, { enabled: true, username: "\u001b[31m<script>=1+1" });
});
after(() => workspace.close());

const state = ".mfa-warden";
test("before the first run there is nothing to report, and no page is made", async () => {
  const { code, stderr } = await workspace.run("report");
  assert.equal(code, 2);
  assert.match(stderr, /Nothing is recorded in \/\S+\/\.mfa-warden yet.*ERR_INPUT_INVALID/);
});

test("alone it makes the page and the tables of the last run", async () => {
  assert.equal((await workspace.run("sweep", "--json")).code, 0);
  const { code, stdout, stderr } = await workspace.run("report");
  assert.equal(code, 0, stderr);
  const page = /page +(\S+)/.exec(stdout)?.[1] ?? "";
  const text = readFileSync(page, "utf8");
  assert.match(text, /^<!doctype html>/);
  assert.match(text, /␛\[31m&lt;script&gt;=1\+1|All \d+ accounts are covered/);
  const made = readdirSync(join(page, ".."));
  assert.deepEqual(made.toSorted(), ["difference.json", "population.csv", "population.jsonl", "report.html"]);
  // The first sweep has nothing to be compared with, and everything made of it says so in words.
  assert.match(stdout, /changes +No sweep before this one had read everybody/);
  assert.match(text, /id="difference"[\s\S]*No sweep before this one had read everybody/);
  const difference = JSON.parse(readFileSync(join(page, "../difference.json"), "utf8"));
  assert.match(difference.why, /nothing to compare with/);
});

test("as JSON it is one object, and --out and --format choose", async () => {
  const { code, stdout } = await workspace.run("report", "--json", "--out", "here", "--format", "junit,csv");
  assert.equal(code, 0);
  const { page, files, status, incomplete, subjects, verdicts } = JSON.parse(stdout);
  assert.deepEqual(
    [page, status, incomplete, subjects],
    [join(workspace.folder, "here/report.html"), "completed", [], 60],
  );
  assert.deepEqual(files, ["report.html", "junit.xml", "population.csv", "difference.json"]);
  assert.equal(verdicts.violating, 0);
  assert.ok(existsSync(join(workspace.folder, "here/junit.xml")));
});

test("as SARIF its findings point at the rules of the policy file in the repository", async () => {
  const { pingone } = workspace;
  const off = pingone.account(9);
  pingone.change(off.id, { enabled: true, mfaEnabled: false });
  assert.equal((await workspace.run("sweep", "--json")).code, 1);
  assert.equal((await workspace.run("report", "--format", "sarif", "--out", "scan")).code, 0);
  const { runs } = JSON.parse(readFileSync(join(workspace.folder, "scan/findings.sarif"), "utf8"));
  const lines = readFileSync(join(workspace.folder, "policy.yaml"), "utf8").split("\n");
  assert.deepEqual(
    runs[0].results.map(({ ruleId, locations: [{ physicalLocation }] }: Finding) => [ruleId, physicalLocation]),
    [
      [
        "everyone",
        {
          artifactLocation: { uri: "policy.yaml" },
          region: { startLine: lines.findIndex((line) => line.includes("- name: everyone")) + 1 },
        },
      ],
    ],
  );
  pingone.change(off.id, { mfaEnabled: true });
  assert.equal((await workspace.run("sweep", "--json")).code, 0);
});

interface Finding {
  readonly ruleId: string;
  readonly locations: readonly [{ readonly physicalLocation: object }];
}

test("what is wrong with the question is said before anything is made", async () => {
  const asked: [string[], RegExp][] = [
    [["--run", "01NEVER"], /There is no run 01NEVER.*ERR_RUN_UNKNOWN/],
    [["--format", "pdf"], /There is no format pdf; there are csv, jsonl/],
    [["--format", "asff"], /asff needs --aws-account and --aws-region/],
    [["--format", ","], /not a list of names/],
    [["--out", "policy.yaml"], /policy\.yaml cannot be written.*--out/],
    [["--as-of", "2020-01-01"], /No sweep had read everybody by the end of 2020-01-01.*ERR_RUN_UNKNOWN/],
    [["--as-of", "2999-01-01"], /2999-01-01 has not begun yet/],
    [["--as-of", "2026-02-30"], /"2026-02-30" is no day/],
    [["--as-of", "\u001b[31m/../x"], /is no day/],
    [["--as-of", "2026-10-01", "--run", "01NEVER"], /cannot be used with option '--run/],
    [["--as-of", "2026-10-01", "--pack", "x.zip"], /cannot be used with option '--pack/],
    [["--from", "2026-12-31", "--to", "2026-01-01"], /ends \(2026-01-01\) before it begins \(2026-12-31\)/],
    [["--from", "2026-02-30"], /"2026-02-30" is no day/],
    [["--from", "2020-01-01", "--to", "2020-12-31"], /nothing is known of 2020-01-01 to 2020-12-31.*ERR_RUN_UNKNOWN/],
    [["--from", "2020-01-01", "--run", "01NEVER"], /cannot be used with option '--run/],
    [["--from", "2026-01-01", "--format", "oscal"], /A period has no format oscal; there are csv, jsonl/],
    [["--to", "2026-01-01"], /--to needs --from/],
  ];
  const ended = await Promise.all(asked.map(([args]) => workspace.run("report", ...args)));
  for (const [i, { code, stdout, stderr }] of ended.entries()) {
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, asked[i]?.[1] ?? /never/);
  }
});

const HOSTILE = '\u202e<img src=x onerror=alert(1)>"\u001b[31m=1+1';
const today = () => new Date().toISOString().slice(0, 10);

test("what changed since the complete run before is said on the page, in a file, at the terminal and in JSON", async () => {
  const { pingone } = workspace;
  const [drifted, gone, back] = [1, 2, 3].map((index) => pingone.account(index));
  assert.ok(drifted && gone && back);
  // Before the one to compare with: somebody who will correct it alone, though nobody here does.
  pingone.change(back.id, { enabled: true, mfaEnabled: false });
  const was = JSON.parse((await workspace.run("sweep", "--mode", "plan", "--json")).stdout).run;
  pingone.change(back.id, { mfaEnabled: true });
  pingone.change(drifted.id, {
    enabled: true,
    mfaEnabled: false,
    username: HOSTILE,
    devices: [{ type: "TOTP", status: "ACTIVE" }],
  });
  pingone.leave(gone.id);
  const joined = pingone.join({ username: "new@example.com", enabled: true, mfaEnabled: true });
  workspace.write(
    "policy.yaml",
    policyOf(
      [directoryOf("workforce", pingone)],
      `${EVERYONE}exemptions:
  - account: { id: workforce/${joined.id}, username: new@example.com }
    reason: "${"=HYPERLINK(1) <b>"}"
    ticket: SEC-1
    approvedBy: ciso@example.com
    control: Office network only
    owner: iam@example.com
    from: ${today()}
    until: ${today()}
`,
    ),
  );
  const swept = await workspace.run("sweep", "--mode", "enforce", "--json");
  assert.equal(swept.code, 0, swept.stderr);
  const { run } = JSON.parse(swept.stdout);

  const { difference, files, page } = JSON.parse((await workspace.run("report", "--json")).stdout);
  assert.ok(files.includes("difference.json"));
  const { comparedWith, ...counts } = difference;
  assert.deepEqual(counts, {
    notCompared: [],
    ...{ violating: 1, fixed: 2, fixedByUs: 1, fixedByThemselves: 1, appeared: 1, departed: 1 },
    ...{ exemptionsBegun: 1, exemptionsEnded: 0 },
  });
  assert.deepEqual([comparedWith.length, comparedWith[0].run, comparedWith[0].directory], [1, was, "workforce"]);

  const { stdout } = await workspace.run("report");
  const says =
    "1 newly violating, 2 fixed (1 by us, 1 by themselves), 1 new, 1 departed; exemptions: 1 begun, 0 ended.";
  assert.ok(stdout.includes(`since run ${was}: ${says}`), stdout);

  // A name may break before its @.
  const whole = readFileSync(page, "utf8").replaceAll("<wbr>", "");
  const part = /<section class="part" id="difference"[\s\S]*?<\/section>/.exec(whole)?.[0] ?? "";
  assert.match(part, /&lt;img src=x onerror/);
  for (const sign of ["<img", "\u202e", "\u001b"]) assert.ok(!part.includes(sign));
  for (const name of ["new@example.com", back.username, gone.username, "by us", "by themselves", was])
    assert.ok(part.includes(name), name);

  const made = JSON.parse(readFileSync(join(page, "../difference.json"), "utf8"));
  assert.deepEqual([made.complete, made.run], [true, run]);
  assert.deepEqual(
    made.fixed.first.map(({ id, by }: Record<string, string>) => [id, by]).toSorted(),
    [
      [back.id, "themselves"],
      [drifted.id, "us"],
    ].toSorted(),
  );
  assert.deepEqual([made.appeared.first[0].id, made.departed.first[0].id], [joined.id, gone.id]);
  assert.deepEqual(made.exemptions.begun.first[0].account, joined.id);
  const raw = readFileSync(join(page, "../difference.json"), "utf8");
  for (const sign of ["\u202e", "\u001b"]) assert.ok(!raw.includes(sign));
});

test("as of a day it says everywhere on which sweep it rests and how old that was", async () => {
  const runs = JSON.parse((await workspace.run("status", "--json")).stdout).runs;
  const { code, stdout, stderr } = await workspace.run(
    "report",
    "--as-of",
    today(),
    "--format",
    "all",
    "--aws-account",
    "270512345678",
    "--aws-region",
    "eu-west-1",
  );
  assert.equal(code, 0, stderr);
  const rests = /workforce: rests on run (\S+), which ended at \S+ and was less than an hour old\./;
  assert.match(stdout, rests);
  assert.equal(rests.exec(stdout)?.[1], runs[0].run);
  assert.doesNotMatch(stdout, /incomplete|changes /i);
  const folder = join(workspace.folder, state, "reports", `as-of-${today()}`);
  assert.deepEqual(readdirSync(folder).toSorted(), [
    ...["assessment-results.oscal.json", "findings.asff.jsonl", "findings.ocsf.jsonl", "findings.sarif"],
    "junit.xml",
    ...["population.csv", "population.jsonl", "report.html"],
  ]);
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8");
    // A file of findings alone has no head: each of them says it.
    const head =
      file.startsWith("findings.") && file.endsWith("jsonl") ? (text.split("\n")[0] ?? "") : text.slice(0, 20_000);
    if (text !== "") assert.match(head.replaceAll("\\", ""), rests, file);
  }
  const {
    day,
    asOf,
    rests: said,
    run,
    subjects,
  } = JSON.parse((await workspace.run("report", "--as-of", today(), "--json")).stdout);
  assert.deepEqual([day, run, subjects, said.length], [today(), runs[0].run, 60, 1]);
  assert.ok(Date.parse(asOf) <= Date.now());
});

test("an auditor unpacks the archive in an empty folder, follows its README, and sees what was altered", async (context) => {
  const { code, stdout, stderr } = await workspace.run("report", "--pack", "audit.zip", "--format", "junit");
  assert.equal(code, 0, stderr);
  const at = mkdtempSync(join(tmpdir(), "warden-auditor-"));
  context.after(() => rmSync(at, { recursive: true, force: true }));
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(join(workspace.folder, "audit.zip"))))) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), bytes);
  }
  assert.deepEqual(readdirSync(join(at, "report")).toSorted(), ["difference.json", "junit.xml", "report.html"]);
  const args = /check +node (.*?) {2}/.exec(stdout)?.[1]?.split(" ") ?? [];
  assert.deepEqual(args.slice(0, 6), ["verify.mjs", ".", "--pack", "--key", "public-key.pem", "--expect-key"]);
  const said = await node(at, ...args);
  assert.equal(said.code, 0, said.stdout);
  assert.match(said.stdout, /^VERIFIED\b.*: 1 manifests/);
  assert.ok(readFileSync(join(at, "README.txt"), "utf8").includes(/key +([0-9a-f]{64})/.exec(stdout)?.[1] ?? "?"));

  const page =
    Object.keys(unzipSync(readFileSync(join(workspace.folder, "audit.zip")))).find((name) => /page-/.test(name)) ?? "";
  const bytes = readFileSync(join(at, page));
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  writeFileSync(join(at, page), bytes);
  const altered = await node(at, ...args);
  assert.equal(altered.code, 3);
  assert.ok(altered.stdout.includes(`FAULT altered  ${page.replace("evidence/", "")}`), altered.stdout);
});

test("an archive that cannot be written, and a key in AWS that nobody named, are said and end as 2", async () => {
  const nowhere = await workspace.run("report", "--pack", "nowhere/x.zip");
  assert.deepEqual([nowhere.code, /nowhere\/x\.zip cannot be written.*--pack/.test(nowhere.stderr)], [2, true]);
  const keyless = await workspace.run("report", "--aws", "--table", "t", "--bucket", "b", "--pack", "x.zip");
  assert.deepEqual([keyless.code, /--signing-key/.test(keyless.stderr)], [2, true]);
  assert.ok(!existsSync(join(workspace.folder, "x.zip")));
});

test("a run that is not complete says so in the first line, and exits 3", async () => {
  workspace.pingone.setFault({ kind: "miscount", by: 40 });
  await workspace.run("sweep");
  workspace.pingone.clearFaults();
  const { code, stdout } = await workspace.run("report");
  assert.equal(code, 3);
  assert.match(stdout, /^Incomplete: 1 of 1 directories was not read completely \(run \S+, incomplete\)/);
  assert.match(stdout, /changes +This run did not read everybody, so nothing can be said of what changed/);
  const { difference } = JSON.parse((await workspace.run("report", "--json")).stdout);
  assert.match(difference.why, /did not read everybody/);
  // And a look back passes it over, and says so.
  assert.match(
    (await workspace.run("report", "--as-of", today())).stdout,
    /1 later sweep did not read everybody and does not count/,
  );
});

test("evidence of the run before that is gone ends no report of this one: it says so, and exits 3", async () => {
  const { run: before } = JSON.parse((await workspace.run("sweep", "--json")).stdout);
  await workspace.run("sweep");
  const pages = join(workspace.folder, state, "evidence/runs", before, "workforce");
  const page = join(pages, readdirSync(pages).find((file) => file.startsWith("page-")) ?? "");
  const bytes = readFileSync(page);
  rmSync(page);
  const { code, stdout } = await workspace.run("report");
  assert.equal(code, 3);
  assert.match(stdout, /changes +ERR_EVIDENCE_\w+ The run before cannot be compared with\. .*page-/);
  writeFileSync(page, bytes);
  assert.equal((await workspace.run("report")).code, 0);
});

test("a page of the evidence that is gone ends it, and leaves no report", async () => {
  const { run } = JSON.parse((await workspace.run("sweep", "--json")).stdout);
  const pages = join(workspace.folder, state, "evidence/runs", run, "workforce");
  for (const file of readdirSync(pages)) if (file.startsWith("page-")) rmSync(join(pages, file));
  const { code, stderr } = await workspace.run("report");
  assert.equal(code, 3);
  assert.match(stderr, /page-00000-00000.*ERR_EVIDENCE_/);
  const folder = join(workspace.folder, state, "reports", run);
  assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], []);
});
