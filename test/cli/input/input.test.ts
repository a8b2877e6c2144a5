/** What a person may rely on when the policy, the secrets or the command itself is wrong: exit 2, said where, nothing done. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readInput } from "../../../cli/input/read-input.ts";
import { joinStack } from "../../../cli/state/stack.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace, wardenWith } from "../workspace.ts";

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
    ["empty.yaml", () => "", /^\/\S+\/empty\.yaml:1:1 /m, /has one error/],
    ["broken.yaml", () => "version: [1", /^\/\S+\/broken\.yaml:\d+:\d+ /m],
    ["region.yaml", () => good().replace("region: com", "region: mars"), /^\/\S+\/region\.yaml:6:13 .*region/m],
    [
      "secret.yaml",
      () => good().replace("region: com", "region: com\n    clientSecret: s3cr3t"),
      /^\/\S+\/secret\.yaml:7:5 .*is a secret/m,
    ],
    [
      "two.yaml",
      () => good().replace("version: 1", "version: 2").replace("match: all", "match: nobody"),
      /^\/\S+\/two\.yaml:1:10 /m,
      /^\/\S+\/two\.yaml:11:12 /m,
      /has 2 errors/,
    ],
    [
      "both.yaml",
      () => good().replace("version: 1", "version: 2").replace("region: com", "region: com\n    clientSecret: s3cr3t"),
      /^\/\S+\/both\.yaml:1:10 /m,
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
    await refuses(
      [/\/broken\.json:1:40 In the secrets file, this is not JSON\. \(ERR_SECRET_INVALID\)/],
      "sweep",
      "--secrets",
      "broken.json",
    );
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
    [/The state folder \/\S+\/policy\.yaml\/x cannot be written \(ENOTDIR\)/, "sweep", "--state", "policy.yaml/x"],
    [/The folder \/\S+\/policy\.yaml\/x cannot be written \(ENOTDIR\)/, "simulate", "--out", "policy.yaml/x"],
    // A person, of whom only what is recorded can tell.
    [/Nothing is recorded in .* run a sweep/, "explain", "jane"],
    [/--reason/, "accept", "01J"],
    [/Nothing is recorded/, "history", "workforce/jane"],
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

describe("a secrets file", { concurrency: 2 }, () => {
  const secret = () => workspace.pingone.credentials;
  const doctor = (name: string, bytes: string | Buffer) => {
    writeFileSync(join(workspace.folder, name), bytes, { mode: 0o600 });
    return workspace.run("explain", "workforce/nobody", "--secrets", name);
  };
  const good = () => JSON.stringify({ workforce: secret() }, null, 2);

  test("with a byte order mark is read", async () => {
    const { stderr } = await doctor("bom.json", `\ufeff${good()}`);
    assert.match(stderr, /workforce has no account/);
  });

  test("from a pipe, - or /dev/stdin is read, once", async () => {
    for (const path of process.platform === "linux" ? ["-", "/dev/stdin"] : ["-"]) {
      const surroundings = { folder: workspace.folder, input: good() };
      const { stderr } = await wardenWith(surroundings, "explain", "workforce/nobody", "--secrets", path);
      assert.match(stderr, /workforce has no account/, path);
    }
  });

  const mistakes: readonly (readonly [name: string, bytes: () => string | Buffer, says: RegExp])[] = [
    ["utf16.json", () => Buffer.from(`\ufeff${good()}`, "utf16le"), /utf16\.json is UTF-16 text; save it as UTF-8/],
    ["latin.json", () => Buffer.from([0x22, 0xe9, 0x22]), /latin\.json is not UTF-8 text/],
    ["comma.json", () => '{\n  "workforce": {},\n}', /comma\.json:3:1 In the secrets file, this is not JSON/],
    [
      "twice.json",
      () => '{\n  "workforce": { "clientId": "a",\n    "clientId": "s3cr3t" }\n}',
      /twice\.json:3:5 In the secrets file, this key is given a second time/,
    ],
  ];
  for (const [name, bytes, says] of mistakes)
    test(`${name} is refused with its place`, async () => {
      const { code, stderr } = await doctor(name, bytes());
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /s3cr3t/);
    });

  const values: readonly (readonly [value: string, says: RegExp])[] = [
    ["s3cr3t ", /clientSecret begins or ends with white space/],
    ["s3cr\u200b3t", /clientSecret holds characters that cannot be seen/],
    ["\ufeffs3cr3t", /clientSecret (begins or ends|holds characters)/],
    ["\u0024{CLIENT_SECRET}", /clientSecret is the name of a variable/],
    ['"s3cr3t"', /clientSecret has quotes around it/],
    ["…", /clientSecret is still the placeholder; fill it in/],
  ];
  for (const [clientSecret, says] of values)
    test(`a value like ${JSON.stringify(clientSecret)} is named before any call`, async () => {
      const { code, stderr } = await doctor(
        `value-${values.findIndex(([value]) => value === clientSecret)}.json`,
        JSON.stringify({ workforce: { ...secret(), clientSecret } }),
      );
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /s3cr3t/);
    });
});

test("with --json a mistake is one JSON object, with the place of each", async () => {
  workspace.write("wrong.yaml", policyOf([directoryOf("workforce", workspace.pingone)]).replace("com", "mars"));
  const { code, stdout } = await workspace.run("sweep", "--json", "--policy", "wrong.yaml");
  assert.equal(code, 2);
  const { error } = JSON.parse(stdout);
  assert.deepEqual([error.code, error.exitCode], ["ERR_POLICY_INVALID", 2]);
  const [problem] = error.problems;
  assert.deepEqual([problem.file, problem.line], [join(workspace.folder, "wrong.yaml"), 6]);

  const usage = JSON.parse((await workspace.run("sweep", "--json", "--nonsense")).stdout);
  assert.deepEqual([usage.error.code, usage.error.exitCode], ["ERR_INPUT_INVALID", 2]);
});

test("npm run in another folder: paths are meant from there, and messages are absolute", async () => {
  const inner = join(workspace.folder, "inner");
  mkdirSync(inner);
  const env = {
    INIT_CWD: inner,
    npm_package_json: fileURLToPath(new URL("../../../package.json", import.meta.url)),
  };
  const { stderr } = await wardenWith({ folder: workspace.folder, env }, "doctor", "--policy", "mine.yaml");
  assert.ok(stderr.includes(join(inner, "mine.yaml")), stderr);
});

test("the kill switch works before the first sweep, and holds for it", async () => {
  const { code, stdout, stderr } = await workspace.run("switch", "off", "--reason", "incident", "--state", "new");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /all directories of \S+\/new are halted: incident/);
  assert.match(stderr, /Nothing was recorded in \S+\/new before/);
  const swept = JSON.parse((await workspace.run("sweep", "--mode", "enforce", "--json", "--state", "new")).stdout);
  assert.equal(swept.directories[0].changes.enforced, 0);
  await (await joinStack(join(workspace.folder, "new"), AbortSignal.timeout(10_000))).stop();
});
