/** What a newcomer may rely on: `demo` goes as it says, and touches nothing of anybody else. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { warden } from "./workspace.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "warden-demo-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("demo goes as it says, again and again, and leaves nothing running", async () => {
  for (const _ of [1, 2]) {
    const { code, stdout, stderr } = await warden(folder, "demo", "--accounts", "150", "--state", "state");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /workforce \(pingone\) {2}completed, 87 of 87 accounts read/);
    assert.match(stdout, /vmware \(vmware-csp\) {2}completed[\s\S]*unknown +40 +40/);
    assert.match(stdout, /VMware lets nobody read another user's MFA state/);
    assert.match(stdout, /firewalls \(strata\) {2}completed[\s\S]*changes: 1 planned: 1 enforced/);
    assert.match(stdout, /staff \(keycloak\) {2}completed[\s\S]*enforced/);
    assert.match(stdout, /The vendors were told to change 0 things/);
    assert.match(stdout, /People: \d+, 12 of them in several directories: \d+ covered everywhere, 1?\d somewhere/);
    assert.match(stdout, /explain \S+@example\.com --policy/);
    const [, page = ""] = /tables for machines: (\S+\.html)/.exec(stdout) ?? [];
    assert.match(readFileSync(page, "utf8"), /^<!doctype html>/i);
    assert.match(stdout, /history workforce\//);
    assert.equal(existsSync(join(folder, "state", "demo", "stack.json")), false);
  }
});

test("demo --large refuses, approves, halts, resumes and rolls back", async () => {
  const { code, stdout, stderr } = await warden(folder, "demo", "--large", "--accounts", "250", "--state", "large");
  assert.equal(code, 0, stdout + stderr);
  const told = [
    "awaiting-approval",
    "ERR_LIMIT_RUN",
    "halted",
    "ERR_WAVE_HALTED",
    "completed",
    "can be put back",
    "reverted",
  ];
  let at = 0;
  for (const word of told) {
    at = stdout.indexOf(word, at);
    assert.ok(at >= 0, `${word} is not told in its place`);
  }
});

test("demo deletes nothing that no demo wrote", async () => {
  mkdirSync(join(folder, "own", "demo"), { recursive: true });
  writeFileSync(join(folder, "own", "demo", "mine"), "mine");
  const { code, stderr } = await warden(folder, "demo", "--state", "own");
  assert.equal(code, 2);
  assert.match(stderr, /holds something that no demo wrote/);
  assert.equal(readFileSync(join(folder, "own", "demo", "mine"), "utf8"), "mine");
});
