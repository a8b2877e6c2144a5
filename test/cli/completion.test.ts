/** What a person may rely on of `completion`: each shell, where it is installed, completes what the command line has. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { warden } from "./workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "warden-completion-"));
writeFileSync(join(folder, "policy.yaml"), "version: 1\ndirectories:\n  - id: workforce\n  - id: firewalls\n");
after(() => rmSync(folder, { recursive: true }));

const scriptFor = async (shell: string): Promise<string> => {
  const { code, stdout, stderr } = await warden(folder, "completion", shell);
  assert.equal(code, 0, stderr);
  return stdout;
};

const missing = (shell: string): string | false =>
  spawnSync(shell, ["--version"]).error ? `${shell} is not installed` : false;

test("bash completes commands, options, choices and directories", { skip: missing("bash") }, async () => {
  const script = await scriptFor("bash");
  const complete = (...words: string[]): string[] => {
    const typed = ["warden", ...words].map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _warden; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", `${script}\n${ask}`], { cwd: folder, encoding: "utf8" })
      .trim()
      .split("\n");
  };
  assert.deepEqual(complete("sw"), ["sweep", "switch"]);
  assert.ok(!complete("").includes("overview"));
  assert.deepEqual(complete("sweep", "--acc"), ["--account"]);
  assert.deepEqual(complete("sweep", "--mode", ""), ["plan", "enforce"]);
  assert.deepEqual(complete("sweep", "--directory", ""), ["workforce", "firewalls"]);
  assert.deepEqual(complete("sweep", "--lea"), [""]);
});

test("zsh and fish take their scripts", async (context) => {
  for (const [shell, check] of [
    ["zsh", "-n"],
    ["fish", "--no-execute"],
  ] as const)
    await context.test(shell, { skip: missing(shell) }, async () => {
      writeFileSync(join(folder, shell), await scriptFor(shell));
      assert.equal(execFileSync(shell, [check, join(folder, shell)], { encoding: "utf8" }), "");
    });
  assert.match(await scriptFor("zsh"), /bashcompinit[\s\S]*complete -o default -F _warden warden/);
  assert.match(await scriptFor("fish"), /from sweep" -l mode -x -a "plan enforce"/);
});

test("another shell is wrong input", async () => {
  const { code, stderr } = await warden(folder, "completion", "tcsh");
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are bash, zsh, fish/);
});
