/** What a person may rely on after an error: whatever its code, the last thing said is a command that there is. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { program } from "../../../cli/program.ts";
import { withHelp } from "../../../cli/terminal/error-help.ts";
import { CODES, type Code } from "../../../lib/errors.ts";
import { warden } from "../workspace.ts";

test("every code has a command that the command line has, with the options it is shown with", () => {
  const root = program([]);
  for (const code of Object.keys(CODES) as Code[]) {
    const words = /What helps: `(.+)`\.$/.exec(withHelp(code, "Something went wrong."))?.[1]?.split(" ") ?? [];
    const [name = "", ...options] = words;
    if (name === "--help") continue;
    const command = root.commands.find((known) => known.name() === name);
    assert.ok(command, `${code}: ${name} is no command`);
    for (const option of options)
      assert.ok(
        command.options.some(({ long }) => long === option),
        `${code}: ${option}`,
      );
  }
});

test("a sentence that names what to do itself is left alone, any other ends with the command", async () => {
  for (const told of [
    "There is no run X; `status` lists the last ones.",
    "Port 1 is in use; name another with --port.",
  ])
    assert.equal(withHelp("ERR_INPUT_INVALID", told), told);
  const { stderr, code } = await warden(tmpdir(), "explain", "jane", "--policy", "/dev/null");
  assert.equal(code, 2);
  assert.match(stderr, /What helps: `doctor`\. \(ERR_POLICY_[A-Z]+\)\n$/);
});
