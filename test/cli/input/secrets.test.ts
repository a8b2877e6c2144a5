/** What a person may rely on who keeps no secret in a file: variables and programs do, and neither is ever shown. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readInput } from "../../../cli/input/read-input.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace, wardenWith } from "../workspace.ts";

let workspace: Workspace;
let secret: string;
before(async () => {
  workspace = await openWorkspace({ accounts: 20, mfaEnabledShare: 1 });
  secret = JSON.stringify(workspace.pingone.credentials);
});
after(() => workspace.close());

const doctor = (env: Record<string, string> = {}, ...args: string[]) =>
  wardenWith({ folder: workspace.folder, env }, "doctor", "--json", ...args);

/** A program that prints a text, or does something else; with the secrets file that names it. */
function commandFile(source: string, ...args: string[]): string[] {
  workspace.write("program.mjs", source);
  workspace.write("command.json", {
    workforce: { secretCommand: [process.execPath, "./program.mjs", ...args] },
  });
  return ["--secrets", "command.json"];
}

test("a directory's variable goes before the file, which then need not be there", async () => {
  workspace.write("none.json", {});
  const named = ["--secrets", "none.json"];
  assert.match((await doctor({}, ...named)).stderr, /no entry "workforce", and MFA_WARDEN_SECRET_WORKFORCE is not set/);
  const env = { MFA_WARDEN_SECRET_WORKFORCE: secret };
  assert.equal((await doctor(env, ...named)).code, 0);
  assert.equal((await doctor(env, "--secrets", "nowhere.json")).code, 0);
  const policy = policyOf([directoryOf("workforce", workspace.pingone), directoryOf("my-staff", workspace.pingone)]);
  workspace.write("two.yaml", policy);
  const both = await doctor({ ...env, MFA_WARDEN_SECRET_MY_STAFF: secret }, "--policy", "two.yaml", ...named);
  assert.equal(both.code, 0, both.stderr);
});

test("a variable that is no JSON is named, and its text is not shown", async () => {
  const { code, stdout, stderr } = await doctor({ MFA_WARDEN_SECRET_WORKFORCE: "s3cr3t-text" });
  assert.equal(code, 2);
  assert.match(
    stderr,
    /In the variable MFA_WARDEN_SECRET_WORKFORCE, this is not JSON\. What helps: `doctor`\. \(ERR_SECRET_INVALID\)/,
  );
  assert.doesNotMatch(stdout + stderr, /s3cr3t/);
});

test("a program prints the secret: with the shell's variables, from the file's folder, and without a shell", async () => {
  const source = `
    import { writeFileSync } from "node:fs";
    const { VAULT_ADDR, MFA_WARDEN_SECRET_OTHER } = process.env;
    writeFileSync("seen.json", JSON.stringify({ VAULT_ADDR, MFA_WARDEN_SECRET_OTHER, args: process.argv.slice(2) }));
    process.stdout.write(${JSON.stringify(secret)});`;
  const args = commandFile(source, "$HOME; touch evil", "*");
  const env = { VAULT_ADDR: "https://vault.example.com", MFA_WARDEN_SECRET_OTHER: "{}" };
  const { code, stdout, stderr } = await doctor(env, ...args);
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(JSON.parse(readFileSync(join(workspace.folder, "seen.json"), "utf8")), {
    VAULT_ADDR: "https://vault.example.com",
    args: ["$HOME; touch evil", "*"],
  });
  assert.ok(!existsSync(join(workspace.folder, "evil")));
});

test("a program that fails is named by what it did, and nothing of what it says or is called with is shown", async () => {
  const cases: [source: string, says: RegExp][] = [
    [
      `console.log("s3cr3t"); console.error("s3cr3t"); process.exit(7)`,
      /secretCommand node ended with exit code 7; run it by itself/,
    ],
    [`console.log("s3cr3t")`, /secretCommand node does not print one JSON value/],
    [`console.log("s3cr3t".repeat(20_000))`, /secretCommand node prints more than 64 KiB/],
  ];
  for (const [source, says] of cases) {
    const { code, stdout, stderr } = await doctor({}, ...commandFile(source, "--token=s3cr3t"));
    assert.equal(code, 2);
    assert.match(stderr, says);
    assert.match(stderr, /ERR_SECRET_MISSING/);
    assert.doesNotMatch(stdout + stderr, /s3cr3t/);
  }
  workspace.write("command.json", { workforce: { secretCommand: ["/no/such/program"] } });
  assert.match((await doctor({}, "--secrets", "command.json")).stderr, /program cannot be started \(ENOENT\)/);
});

test("what is no list of texts is refused before anything is started", async () => {
  for (const secretCommand of ["op read s3cr3t", [], [""], ["op", 5]]) {
    workspace.write("command.json", { workforce: { secretCommand } });
    const { code, stderr } = await doctor({}, "--secrets", "command.json");
    assert.equal(code, 2);
    assert.match(stderr, /The secretCommand of workforce must be a list of texts.*ERR_SECRET_INVALID/);
    assert.doesNotMatch(stderr, /s3cr3t/);
  }
});

test("a program is ended when whoever waits for it is, and one answer serves all who ask", async () => {
  const options = { policy: join(workspace.folder, "policy.yaml"), secrets: join(workspace.folder, "command.json") };
  commandFile("setInterval(() => {}, 1_000)");
  await assert.rejects(readInput(options, Date.now, AbortSignal.timeout(300)), /was stopped/);
  rmSync(join(workspace.folder, "count"), { force: true });
  commandFile(`
    import { appendFileSync } from "node:fs";
    appendFileSync("count", "x");
    console.log(${JSON.stringify(secret)});`);
  const { signal } = new AbortController();
  const { secrets } = await readInput(options, Date.now, signal);
  await Promise.all([1, 2].map(() => secrets.read("workforce", "workforce", signal)));
  assert.equal(readFileSync(join(workspace.folder, "count"), "utf8"), "x");
});

test("a secrets file that others may write to is refused", { skip: process.platform === "win32" }, async () => {
  for (const mode of [0o620, 0o602]) {
    workspace.write("open.json", { workforce: workspace.pingone.credentials });
    chmodSync(join(workspace.folder, "open.json"), mode);
    const { code, stderr } = await doctor({}, "--secrets", "open.json");
    assert.equal(code, 2);
    assert.match(stderr, /Other users may write to the secrets file \S+\/open\.json/);
  }
});

const NOBODY = 65_534;
const onlyRoot = process.getuid?.() === 0 ? false : "only root can give a file to somebody else";

test("a secrets file of somebody else is refused, and no program of it is started", { skip: onlyRoot }, async () => {
  commandFile(`import { writeFileSync } from "node:fs"; writeFileSync("started", "");`);
  chownSync(join(workspace.folder, "command.json"), NOBODY, NOBODY);
  const { code, stderr } = await doctor({}, "--secrets", "command.json");
  assert.equal(code, 2);
  assert.match(stderr, /The secrets file \S+\/command\.json belongs to another user \(id 65534\)/);
  assert.equal(existsSync(join(workspace.folder, "started")), false);
  rmSync(join(workspace.folder, "command.json"));
});
