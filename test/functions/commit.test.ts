/** Evidence names the code that made it: the commit that was deployed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commitIn } from "../../functions/commit.ts";

const folder = mkdtempSync(join(tmpdir(), "warden-commit-"));
after(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=jane", "-c", "user.email=jane@example.com", ...args], {
    cwd: folder,
    encoding: "utf8",
  });

test("a folder is named by its commit, by no tag, and by what was changed since", () => {
  assert.equal(commitIn(folder), undefined, "no repository, no commit");
  git("init", "--quiet");
  writeFileSync(join(folder, "file"), "1");
  git("add", "file");
  git("commit", "--quiet", "--message", "first");
  git("tag", "v1");
  const commit = git("rev-parse", "HEAD").trim();
  assert.equal(commitIn(folder), commit);
  writeFileSync(join(folder, "policy.yaml"), "not a file of the code");
  assert.equal(commitIn(folder), commit);
  writeFileSync(join(folder, "file"), "2");
  assert.equal(commitIn(folder), `${commit}-dirty`);
});

test("a folder that was unpacked from an archive is named by the commit that the archive holds, and by no repository around it", () => {
  const inner = join(folder, "unpacked");
  mkdirSync(inner);
  assert.equal(commitIn(inner), undefined);
  const commit = "0123456789abcdef0123456789abcdef01234567";
  writeFileSync(join(inner, "commit.txt"), `${commit}\n`);
  assert.equal(commitIn(inner), commit);
  writeFileSync(join(inner, "commit.txt"), "$Format:%H$\n");
  assert.equal(commitIn(inner), undefined);
});

test("git puts the commit into the project's own file when it makes an archive", () => {
  const root = new URL("../../", import.meta.url);
  assert.equal(readFileSync(new URL("commit.txt", root), "utf8"), "$Format:%H$\n");
  assert.match(readFileSync(new URL(".gitattributes", root), "utf8"), /^commit\.txt export-subst$/m);
});
