/** What a person reads when a deployment stops before it has begun. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { complaintOf, makeFolder } from "./graph.ts";
import { POLICY } from "./policies.ts";

function write(text: string): string {
  const file = join(makeFolder(), "policy.yaml");
  writeFileSync(file, text);
  return file;
}

test("a policy with errors: each with its line and column, and nothing is deployed", async () => {
  const file = write(POLICY.replace("region: eu", "region: mars").replace("require: enabled", "require: hope"));
  assert.deepEqual((await complaintOf("dev", file)).split("\n"), [
    `The policy file ${file} has 2 errors; nothing was deployed.`,
    `${file}:7:13 directories[0].region: "mars" is not one of com, eu, ca, asia, com.au, sg`,
    `${file}:15:44 rules[0].require: "hope" is not one of enabled, registered, phishing-resistant, none`,
  ]);
});

test("no policy: where it was looked for, and how to make one", async () => {
  const file = join(makeFolder(), "nowhere.yaml");
  assert.equal(
    await complaintOf("dev", file),
    `The policy file ${file} cannot be read (ENOENT); nothing was deployed. Write one with \`npm run -s warden -- init\`, or name it with MFA_WARDEN_POLICY.`,
  );
});

test("another region or account than the policy's: which, and nothing is deployed", async () => {
  const elsewhere = write(POLICY.replace("735291846013", "111122223333"));
  assert.equal(
    await complaintOf("dev", elsewhere),
    "The policy wants deploy.account in 111122223333, and this would be 735291846013. Nothing was deployed; use the credentials and the policy file of the stage that you mean, and start sst in the folder of sst.config.ts.",
  );
  const anywhere = write(POLICY.replace(/ {2}region: eu-c.*\n.*account.*\n/, ""));
  assert.match(await complaintOf("production", anywhere), /^production needs deploy\.region and deploy\.account/);
});

test("a restored table that is not kept as a ledger must be: what it lacks", async () => {
  const file = write(`${POLICY}  ledgerTable: bare-restored\n`);
  assert.equal(
    await complaintOf("production", file),
    'The table bare-restored of deploy.ledgerTable lacks point-in-time recovery, time to live on forgetAt. Nothing was deployed; docs/deploy.md has the commands, under "When the ledger is lost".',
  );
});

test("a stage with odd characters: what a stage may be called", async () => {
  const file = write(POLICY);
  for (const stage of ["Jane", "prod/ünï"])
    assert.equal(
      await complaintOf(stage, file),
      `The stage "${stage}" cannot be deployed: a stage is 1 to 20 lower-case letters, digits and hyphens, and begins with a letter, like production or dev-jane. Nothing was deployed; choose another --stage.`,
    );
});
