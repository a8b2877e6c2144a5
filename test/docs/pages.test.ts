/** What a page tells its reader to type works as it is written, against a simulated PingOne. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { commandsIn, openShell, type Shell } from "./page-commands.ts";

const DEVICES = [{ type: "TOTP", status: "ACTIVE" }];

let pingone: PingOne;
before(async () => {
  pingone = await startPingOne({ accounts: 230 });
});
after(() => pingone.close());

/** Somebody whom the pages change, who can sign in afterwards. */
function joinJane(): void {
  const people = Array.from({ length: 230 }, (_, index) => pingone.account(index));
  const person = people.find(({ enabled, mfaEnabled, groups }) => enabled && mfaEnabled && groups.length === 0);
  assert.ok(person);
  pingone.change(person.id, { username: "jane@example.com", mfaEnabled: false, devices: DEVICES });
}

/** What a person answers to `init`, as flags: the simulated tenant's. */
const answers = () => {
  const { api, auth } = pingone.endpoints;
  return ` --environment ${pingone.environment} --region com --endpoints '{ api: "${api}", auth: "${auth}" }'`;
};

async function runPage(page: string, shell: Shell, prepare: (line: string) => string): Promise<void> {
  for (const { line, exit } of commandsIn(page)) {
    const { code, stdout, stderr } = await shell.run(prepare(line));
    assert.equal(code, exit, `${page}: ${line}\n${stdout}${stderr}`);
  }
}

async function endStack(folder: string): Promise<void> {
  await (await joinStack(join(folder, ".mfa-warden"), AbortSignal.timeout(10_000))).stop();
}

test("ten minutes with a PingOne lead from an empty folder to a report, and to one account that is changed", async (context) => {
  joinJane();
  const shell = openShell();
  context.after(async () => {
    await endStack(join(shell.folder, "mfa"));
    shell.remove();
  });
  await runPage("docs/ten-minutes.md", shell, (line) => {
    if (line !== "warden init") return line;
    writeFileSync(join(shell.folder, "mfa/secrets.json"), JSON.stringify({ workforce: pingone.credentials }), {
      mode: 0o600,
    });
    return line + answers();
  });
  assert.match(shell.output(), /jane@example\.com[\s\S]*enforced/);
});
