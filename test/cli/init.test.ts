/** What a newcomer may rely on: the files that `init` writes are good, and it overwrites nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { vendorTemplates } from "../../cli/init/vendor-template.ts";
import { vendors } from "../../lib/directories/index.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import { warden } from "./workspace.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "warden-init-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const settings = Object.fromEntries(Object.entries(vendors).map(([name, vendor]) => [name, vendor.settings]));
const ENVIRONMENT = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6";

test("init writes a policy that holds, and the shape of its secrets", async () => {
  const flags = ["--environment", ENVIRONMENT, "--region", "eu", "--id", "staff", "--mode", "enforce"];
  const { code, stdout, stderr } = await warden(folder, "init", ...flags);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Wrote \/\S+\/policy\.yaml and \/\S+\/secrets\.example\.json/);
  const text = readFileSync(join(folder, "policy.yaml"), "utf8");
  assert.match(text, /^# yaml-language-server: \$schema=.*policy\.schema\.json\n/);
  const read = parsePolicy(text, settings);
  assert.ok("policy" in read, JSON.stringify(read));
  const [directory] = read.policy.directories;
  assert.deepEqual([directory?.id, directory?.mode], ["staff", "enforce"]);
  assert.deepEqual(directory?.settings, { environment: ENVIRONMENT, region: "eu" });
  assert.deepEqual(JSON.parse(readFileSync(join(folder, "secrets.example.json"), "utf8")), {
    staff: { clientId: "…", clientSecret: "…" },
  });
});

test("init's examples hold, too, when somebody uncomments them", async () => {
  await warden(folder, "init", "--yes", "--out", "all.yaml", "--force");
  const text = readFileSync(join(folder, "all.yaml"), "utf8");
  const used = text
    .replace(/^( *)# (?=- name| {2}|exemptions:|breakGlass:|timezone)/gm, "$1")
    .replace(/^#( {2,}\S)/gm, "$1");
  const read = parsePolicy(used, settings);
  assert.ok("policy" in read, JSON.stringify(read));
  assert.deepEqual(
    read.policy.rules.map(({ name }) => name),
    ["break-glass", "service", "administrators", "everyone"],
  );
  assert.equal(read.policy.exemptions.length, 1);
  assert.equal(read.policy.breakGlass?.length, 2);
});

for (const vendor of Object.keys(vendors))
  test(`init knows what ${vendor} needs`, async () => {
    const { code, stderr } = await warden(folder, "init", "--yes", "--vendor", vendor, "--out", "one.yaml", "--force");
    assert.equal(code, 0, stderr);
    const read = parsePolicy(readFileSync(join(folder, "one.yaml"), "utf8"), settings);
    assert.ok("policy" in read, JSON.stringify(read));
    const secret: unknown = JSON.parse(readFileSync(join(folder, "secrets.example.json"), "utf8")).workforce;
    assert.notDeepEqual(secret, {});
    assert.ok("lines" in (vendorTemplates[vendor] ?? {}));
  });

test("init overwrites nothing unless told to, and writes nothing wrong", async () => {
  writeFileSync(join(folder, "mine.yaml"), "mine");
  const there = await warden(folder, "init", "--yes", "--out", "mine.yaml");
  assert.equal(there.code, 2);
  assert.match(there.stderr, /mine\.yaml.* would be overwritten/);
  assert.equal(readFileSync(join(folder, "mine.yaml"), "utf8"), "mine");
  const wrong = await warden(folder, "init", "--environment", "here", "--out", "mine.yaml", "--force");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /mine\.yaml:\d+:\d+ .*environment/);
  assert.equal(readFileSync(join(folder, "mine.yaml"), "utf8"), "mine");
  assert.equal((await warden(folder, "init", "--out", "asked.yaml")).code, 2);
});

test("init adds a second directory to a policy, and leaves the rest as it was", async () => {
  const out = ["--yes", "--out", "many.yaml"];
  await warden(folder, "init", ...out, "--force");
  const before = readFileSync(join(folder, "many.yaml"), "utf8");
  const refused = await warden(folder, "init", ...out, "--id", "firewalls", "--vendor", "strata");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /say --add to add a directory/);
  const added = await warden(folder, "init", ...out, "--id", "firewalls", "--vendor", "strata", "--add");
  assert.equal(added.code, 0, added.stderr);
  const text = readFileSync(join(folder, "many.yaml"), "utf8");
  const read = parsePolicy(text, settings);
  assert.ok("policy" in read, JSON.stringify(read));
  assert.deepEqual(read.policy.directories.map(({ id }) => id).toSorted(), ["firewalls", "workforce"]);
  assert.ok(before.split("\n").every((line) => text.includes(line)));
  const secrets = JSON.parse(readFileSync(join(folder, "secrets.example.json"), "utf8"));
  assert.deepEqual(Object.keys(secrets).toSorted(), ["firewalls", "workforce"]);
  const twice = await warden(folder, "init", ...out, "--id", "firewalls", "--vendor", "strata", "--add");
  assert.equal(twice.code, 2);
  assert.equal(readFileSync(join(folder, "many.yaml"), "utf8"), text);
});
