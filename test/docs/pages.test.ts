/** What a page tells its reader to type works as it is written, against a simulated PingOne. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, type TestContext, test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { frameworks } from "../../lib/report/index.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { directoryOf, EVERYONE, policyOf } from "../cli/workspace.ts";
import { commandsIn, openShell, ROOT, type Shell } from "./page-commands.ts";

const DEVICES = [{ type: "TOTP", status: "ACTIVE" }];

let pingone: PingOne;
/** Somebody whom the pages change, who can sign in afterwards. */
let jane: string;
beforeEach(async () => {
  pingone = await startPingOne({ accounts: 230 });
  const people = Array.from({ length: 230 }, (_, index) => pingone.account(index));
  const person = people.find(({ enabled, mfaEnabled, groups }) => enabled && mfaEnabled && groups.length === 0);
  jane = person?.id ?? assert.fail("nobody is as the pages say");
  pingone.change(jane, { username: "jane@example.com", mfaEnabled: false, devices: DEVICES });
});
afterEach(() => pingone.close());

const isJaneOn = () => pingone.find(jane)?.mfaEnabled;

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

/** A folder in which a sweep has just changed accounts, by a policy that lets whoever runs this approve. */
async function afterSweep(context: TestContext): Promise<Shell> {
  const shell = openShell();
  const approval = `approval: { approvers: [${JSON.stringify(userInfo().username)}], self: true }\n`;
  writePrivately(join(shell.folder, "policy.yaml"), policyOf([directoryOf("workforce", pingone)], EVERYONE + approval));
  writePrivately(join(shell.folder, "secrets.json"), JSON.stringify({ workforce: pingone.credentials }));
  context.after(async () => {
    await endStack(shell.folder);
    shell.remove();
  });
  const swept = await shell.run("warden sweep --mode enforce");
  assert.match(swept.stdout, / enforced/, swept.stderr);
  return shell;
}

const writePrivately = (path: string, content: string) => writeFileSync(path, content, { mode: 0o600 });

/** What a pattern's only group found last. */
const lastFound = (pattern: RegExp, text: string): string => [...text.matchAll(pattern)].at(-1)?.[1] ?? "";

test("ten minutes with a PingOne lead from an empty folder to a report, and to one account that is changed", async (context) => {
  const shell = openShell();
  const folder = join(shell.folder, "mfa");
  context.after(async () => {
    await endStack(folder);
    shell.remove();
  });
  await runPage("docs/ten-minutes.md", shell, (line) => {
    if (line !== "warden init") return line;
    writePrivately(join(folder, "secrets.json"), JSON.stringify({ workforce: pingone.credentials }));
    return line + answers();
  });
  assert.equal(isJaneOn(), true);
});

test("the page for the night stops everything, tells what became of somebody, and undoes a run", async (context) => {
  const shell = await afterSweep(context);
  const run = lastFound(/^Run (\S+)/gm, shell.output());
  assert.equal(isJaneOn(), true);
  await runPage("docs/night.md", shell, (line) =>
    line
      .replace("RUN", run)
      .replace("UNDO", lastFound(/approve (\S+)/g, shell.output()))
      .replace("HASH", lastFound(/--plan (\S+)/g, shell.output())),
  );
  assert.match(shell.output(), / reverted/);
  assert.equal(isJaneOn(), false);
});

test("an auditor gets two archives, and checks both with the verifier of the repository", {
  skip: existsSync("/usr/bin/unzip") ? false : "there is no unzip",
}, async (context) => {
  const shell = await afterSweep(context);
  copyFileSync(join(ROOT, "verify/verify.mjs"), join(shell.folder, "verify.mjs"));
  const year = new Date().getUTCFullYear();
  await runPage("docs/auditors.md", shell, (line) =>
    line
      .replaceAll("2026", String(year))
      .replace("FINGERPRINT", lastFound(/--expect-key (\S+)/g, shell.output()))
      .replace("RUN", lastFound(/--from (\S+) --expect-head/g, shell.output()))
      .replace("HEADS", lastFound(/--expect-head (\S+)/g, shell.output())),
  );
  assert.equal(shell.output().match(/^VERIFIED/gm)?.length, 2);
});

test("the page for auditors names every framework and control that the evidence speaks to", () => {
  const text = readFileSync(join(ROOT, "docs/auditors.md"), "utf8");
  for (const { framework, controls } of frameworks) {
    const row = text.split("\n").find((line) => line.startsWith(`| ${framework}`));
    const ids = controls.map(({ id }) => id.replace("Annex ", ""));
    assert.deepEqual(
      ids.filter((id) => !row?.includes(id)),
      [],
      framework,
    );
  }
});
