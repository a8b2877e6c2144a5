/** What the report in an archive says of people is joined again from the evidence beside it, by a program that shares no code with it. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { verify } from "../../verify/verify.mjs";
import { type Archive, packed } from "../cli/archive.ts";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace } from "../cli/workspace.ts";

const ACCOUNTS = 20;
let workspace: Workspace;
let partners: PingOne;
let archive: Archive;
let run: string;

before(async () => {
  workspace = await openWorkspace({ accounts: ACCOUNTS, mfaEnabledShare: 0.6 });
  partners = await startPingOne({ accounts: ACCOUNTS, mfaEnabledShare: 0.6, seed: 3 });
  const { pingone, write } = workspace;
  for (let index = 0; index < ACCOUNTS; index++) {
    partners.change(partners.account(index).id, { email: index % 4 === 0 ? "" : pingone.account(index).email });
  }
  pingone.change(pingone.account(1).id, { email: pingone.account(2).email });
  write(
    "policy.yaml",
    policyOf(
      [directoryOf("workforce", pingone), directoryOf("partners", partners)],
      `${EVERYONE}people: { by: [email] }\n`,
    ),
  );
  write("secrets.json", {
    workforce: pingone.credentials,
    partners: partners.credentials,
    people: { key: "a key of this deployment, 32 letters" },
  });
  run = JSON.parse((await workspace.run("sweep", "--json")).stdout).run;
  archive = await packed(workspace, run);
});
after(async () => {
  await partners.close();
  await workspace.close();
  rmSync(archive.folder, { recursive: true, force: true });
});

const check = (folder: string, made = archive) =>
  verify({
    folder,
    keys: [readFileSync(join(folder, "public-key.pem"), "utf8")],
    expectedKeys: [made.made.fingerprint],
    heads: made.made.heads,
    pack: true,
  });

const peopleOf = (folder: string) => JSON.parse(readFileSync(join(folder, "report", "people.json"), "utf8"));

test("an archive whose people are counted right is verified", async () => {
  const { coverage, notJoined, inSeveralDirectories } = peopleOf(archive.at);
  assert.ok(coverage.ambiguous > 0 && coverage.somewhere > 0 && notJoined.count > 0 && inSeveralDirectories > 0);
  const { faults, notes } = await check(archive.at);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    notes.filter(({ code }) => code === "people"),
    [],
  );
});

test("each count that is not what the rows come to is a fault", async () => {
  const change: [RegExp, (said: ReturnType<typeof peopleOf>) => void][] = [
    [/people covered everywhere/, ({ coverage }) => coverage.everywhere++],
    [/people who are ambiguous/, ({ coverage }) => coverage.ambiguous--],
    [/people in several directories/, (said) => said.inSeveralDirectories++],
    [/accounts that are not joined/, ({ notJoined }) => notJoined.count--],
    [/accounts of partners/, ({ basis }) => basis[1].accounts++],
    [/ people\./, (said) => said.people++],
  ];
  for (const [says, falsify] of change) {
    const folder = join(archive.folder, `false-${change.findIndex(([one]) => one === says)}`);
    cpSync(archive.at, folder, { recursive: true });
    const said = peopleOf(folder);
    falsify(said);
    writeFileSync(join(folder, "report", "people.json"), JSON.stringify(said));
    const { faults } = await check(folder);
    assert.ok(
      faults.some(({ code, text }) => code === "people" && says.test(text)),
      `${says}: ${JSON.stringify(faults)}`,
    );
  }
});

test("people of a sweep that is not in the archive are not checked, and that is said", async () => {
  const alone = JSON.parse((await workspace.run("sweep", "--directory", "workforce", "--json")).stdout).run;
  const other = await packed(workspace, alone);
  const { notes } = await verify({
    folder: other.at,
    keys: [readFileSync(join(other.at, "public-key.pem"), "utf8")],
    expectedKeys: [other.made.fingerprint],
    heads: other.made.heads,
    from: alone,
    pack: true,
  });
  const said = notes.filter(({ code }) => code === "people").map(({ text }) => text);
  assert.deepEqual(said, [`Its counts were not checked: partners comes from run ${run}, which is not here.`]);
  rmSync(other.folder, { recursive: true, force: true });
});
