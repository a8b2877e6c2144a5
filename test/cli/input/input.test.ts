/** What a person may rely on when the policy, the secrets or the command itself is wrong: exit 2, said where, nothing done. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readInput } from "../../../cli/input/read-input.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "../workspace.ts";

let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 20 });
});
after(() => workspace.close());

/** Ends as wrong input: exit 2, nothing on standard output, nobody called, nothing written. */
async function refuses(says: RegExp | readonly RegExp[], ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await workspace.run(...args);
  for (const one of [says].flat()) assert.match(stderr, one);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.doesNotMatch(stderr, /s3cr3t/);
  assert.doesNotMatch(stderr, /\n\s+at /, "a person needs no stack trace");
  assert.equal(workspace.pingone.calls.length, 0);
  assert.equal(existsSync(join(workspace.folder, ".mfa-warden")), false);
}

describe("a wrong policy", { concurrency: 2 }, () => {
  const good = () => policyOf([directoryOf("workforce", workspace.pingone)]);
  const cases: readonly (readonly [file: string, text: () => string, ...says: RegExp[]])[] = [
    ["empty.yaml", () => "", /^empty\.yaml:1:1 /m, /has one error/],
    ["broken.yaml", () => "version: [1", /^broken\.yaml:\d+:\d+ /m],
    ["region.yaml", () => good().replace("region: com", "region: mars"), /^region\.yaml:6:13 .*region/m],
    [
      "secret.yaml",
      () => good().replace("region: com", "region: com\n    clientSecret: s3cr3t"),
      /^secret\.yaml:7:5 .*is a secret/m,
    ],
    [
      "two.yaml",
      () => good().replace("version: 1", "version: 2").replace("match: all", "match: nobody"),
      /^two\.yaml:1:10 /m,
      /^two\.yaml:11:12 /m,
      /has 2 errors/,
    ],
    [
      "both.yaml",
      () => good().replace("version: 1", "version: 2").replace("region: com", "region: com\n    clientSecret: s3cr3t"),
      /^both\.yaml:1:10 /m,
      /\(ERR_POLICY_SECRET\)\s*$/,
    ],
  ];
  for (const [file, text, ...says] of cases)
    test(`${file} is refused with line and column`, async () => {
      workspace.write(file, text());
      await refuses(says, "sweep", "--policy", file);
    });

  test("a missing one is named", () =>
    refuses(/none\.yaml cannot be read .*ERR_POLICY_MISSING/, "doctor", "--policy", "none.yaml"));
});

describe("a wrong secret", { concurrency: 2 }, () => {
  test("a missing file is named", () => refuses(/none\.json cannot be read/, "sweep", "--secrets", "none.json"));

  test("a file that is not JSON is refused without its text", async () => {
    workspace.write("broken.json", '{"workforce": {"clientSecret": "s3cr3t"');
    await refuses([/broken\.json is not JSON/], "sweep", "--secrets", "broken.json");
  });

  test("directory and field are named, never a value", async () => {
    workspace.write("half.json", { workforce: { clientId: "s3cr3t" } });
    await refuses([/workforce lacks clientSecret/], "sweep", "--secrets", "half.json");
  });

  test("every directory's is named at once, and a file that others can read is warned about", async () => {
    workspace.write("both.yaml", policyOf([directoryOf("a", workspace.pingone), directoryOf("b", workspace.pingone)]));
    workspace.write("open.json", { a: { clientId: 5, clientSecret: "x" } });
    chmodSync(join(workspace.folder, "open.json"), 0o644);
    const warned = process.platform === "win32" ? [] : [/warning: other users .*open\.json/];
    const says = [/a has a wrong clientId/, /b has no secret: .*ERR_SECRET_MISSING/, ...warned];
    await refuses(says, "doctor", "--policy", "both.yaml", "--secrets", "open.json");
  });
});

describe("a wrong command", { concurrency: 2 }, () => {
  const cases: readonly (readonly [says: RegExp, ...args: string[]])[] = [
    [/no directory nowhere; it has workforce/, "sweep", "--directory", "nowhere"],
    [/unknown option '--nonsense'; see `sweep --help`\. \(ERR_INPUT_INVALID\)$/m, "sweep", "--nonsense"],
    [/unknown command 'swep' .*; see `--help`\. \(ERR_INPUT_INVALID\)$/m, "swep"],
    [/--port.* \(ERR_INPUT_INVALID\)$/m, "simulate", "--port", "70000"],
    [/The state folder policy\.yaml\/x cannot be written \(ENOTDIR\)/, "sweep", "--state", "policy.yaml/x"],
    [/The folder policy\.yaml\/x cannot be written \(ENOTDIR\)/, "simulate", "--out", "policy.yaml/x"],
    [/DIRECTORY\/ACCOUNT/, "explain", "jane"],
    [/--reason/, "accept", "01J"],
    [/Nothing is recorded/, "history", "workforce/jane"],
    [/Nothing is recorded in \.mfa-warden/, "switch", "off", "--reason", "incident"],
    [/--table or MFA_WARDEN_TABLE/, "status", "--aws"],
  ];
  for (const [says, ...args] of cases) test(args.join(" "), () => refuses(says, ...args));
});

test("a port in use is named", async () => {
  const { port } = new URL(workspace.pingone.endpoints.auth);
  await refuses(new RegExp(`Port ${port} is in use; .*ERR_INPUT_INVALID`), "simulate", "--port", port);
});

test("help is no error", async () => {
  const { code, stdout } = await workspace.run("sweep", "--help");
  assert.equal(code, 0);
  assert.match(stdout, /--mode/);
  assert.doesNotMatch(stdout, /--patience/);
});

describe("the version of a secret in a file", () => {
  const secretOf = async (state?: string) => {
    const options = { policy: join(workspace.folder, "policy.yaml"), secrets: join(workspace.folder, "secrets.json") };
    const { secrets } = await readInput(
      { ...options, ...(state ? { state } : {}) },
      Date.now,
      AbortSignal.timeout(5_000),
    );
    return secrets.read("workforce", "workforce", AbortSignal.timeout(5_000));
  };

  test("stays as long as its value does, in this process and others, and is no hash of it", async () => {
    const state = join(workspace.folder, "versions");
    mkdirSync(state);
    const { value, version } = await secretOf(state);
    const { clientId, clientSecret } = workspace.pingone.credentials;
    assert.deepEqual(value, { clientId, clientSecret });
    assert.match(version, /^[0-9a-f]{32}$/);
    assert.equal((await secretOf(state)).version, version);
    workspace.write("secrets.json", { workforce: { clientSecret, clientId } });
    assert.equal((await secretOf(state)).version, version, "the order of its keys does not matter");
    workspace.write("secrets.json", { workforce: { clientSecret: "another", clientId } });
    assert.notEqual((await secretOf(state)).version, version);
    workspace.write("secrets.json", { workforce: { clientSecret, clientId } });
    if (process.platform !== "win32") assert.equal(statSync(join(state, "secrets.key")).mode & 0o777, 0o600);
    assert.equal(readFileSync(join(state, "secrets.key")).length, 32);
    rmSync(join(state, "secrets.key"));
    assert.notEqual((await secretOf(state)).version, version, "it tells nothing to who has no key");
  });

  test("without a state folder none is made, and the version lasts as long as the process", async () => {
    const nowhere = join(workspace.folder, "nowhere");
    assert.equal((await secretOf(nowhere)).version, (await secretOf()).version);
    assert.equal(existsSync(nowhere), false);
  });
});
