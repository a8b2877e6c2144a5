/** What `doctor` and `explain` say of break-glass accounts: the same as a sweep. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 10, mfaEnabledShare: 1 });
});
after(() => workspace.close());

function listAccounts(...numbers: number[]): void {
  const accounts = numbers.map((number) => workspace.pingone.account(number));
  const listed = accounts.map(({ id, username }) => ({ id: `workforce/${id}`, username }));
  const rest = `${EVERYONE}breakGlass: ${JSON.stringify(listed)}\n`;
  workspace.write("policy.yaml", policyOf([directoryOf("workforce", workspace.pingone)], rest));
}

interface Line {
  readonly name: string;
  readonly result: string;
  readonly detail: string;
}

async function readinessLines(): Promise<{ code: number | null; lines: string[] }> {
  const { code, stdout } = await workspace.run("doctor", "--json");
  const lines: Line[] = JSON.parse(stdout).checks;
  const own = lines.filter(({ name }) => name === "break-glass accounts");
  return { code, lines: own.map(({ result, detail }) => `${result}: ${detail}`) };
}

test("doctor warns while a directory enforces without any, and passes when two would work", async () => {
  const none = await readinessLines();
  assert.equal(none.code, 0);
  assert.match(
    none.lines.join(),
    /^warning: ERR_BREAK_GLASS: workforce is in mode enforce, and breakGlass lists no account/,
  );
  for (const number of [1, 2]) {
    const devices = [{ type: "FIDO2", status: "ACTIVE" }];
    workspace.pingone.change(workspace.pingone.account(number).id, { enabled: true, mfaEnabled: true, devices });
  }
  listAccounts(1, 2);
  assert.deepEqual((await readinessLines()).lines, [
    "passed: Each is there, active, and has a phishing-resistant method.",
  ]);
});

test("doctor says what is wrong with one, and what cannot be seen", async () => {
  const [first, second] = [workspace.pingone.account(1), workspace.pingone.account(2)];
  workspace.pingone.change(first.id, { enabled: false });
  workspace.pingone.change(second.id, { devices: [{ type: "WATCH", status: "ACTIVE" }] });
  const { lines } = await readinessLines();
  assert.match(lines[0] ?? "", /^warning: ERR_BREAK_GLASS: The break-glass account .* is disabled/);
  assert.match(lines[1] ?? "", /^cannot be tested: ERR_BREAK_GLASS: Whether .* cannot be seen: /);
});

test("explain says that nothing changes one", async () => {
  const { id } = workspace.pingone.account(1);
  workspace.pingone.change(id, { enabled: true, mfaEnabled: false });
  const { stdout } = await workspace.run("explain", `workforce/${id}`, "--json");
  assert.match(JSON.parse(stdout).sweep, /^Report it, and change nothing: breakGlass names it\.$/);
});
