/** What a deployment takes from the policy file, as far as that needs no SST. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadPolicy, store, unscheduled } from "../../infra/load.ts";
import { checkPlace, providerArgs } from "../../infra/place.ts";
import { checkStage, isProduction } from "../../infra/stage.ts";
import { hashPolicy, readCompiled } from "../../lib/policy/schema.ts";
import { POLICY } from "./policies.ts";

const folder = mkdtempSync(join(tmpdir(), "warden-load-"));
after(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const file = join(folder, "policy.yaml");
  writeFileSync(file, text);
  return loadPolicy(file);
}

test("what the functions read is the policy as written, in a folder of its own", () => {
  const policy = load(POLICY);
  store(policy, join(folder, "compiled"), "policy.json");
  assert.deepEqual(readdirSync(join(folder, "compiled")), ["policy.json"]);
  const read = readCompiled(JSON.parse(readFileSync(join(folder, "compiled", "policy.json"), "utf8")));
  assert.equal(hashPolicy(read), hashPolicy(policy));
});

test("a policy with an error is refused with its line and column", () => {
  assert.throws(() => load(POLICY.replace("region: eu", "region: mars")), /policy\.yaml has one error;.*\n.*:7:13 /);
});

test("directories that no schedule sweeps are known", () => {
  assert.deepEqual(unscheduled(load(POLICY)), []);
  assert.deepEqual(unscheduled(load(POLICY.replace(/.*cron: "0 3.*\n/, ""))), ["workforce"]);
  assert.deepEqual(unscheduled(load(POLICY.replace(/deploy:[\s\S]*/, ""))), ["workforce", "partners"]);
});

const HERE = { region: "eu-central-1", account: "735291846013" };

test("a deployment is bound to the region and account of the policy, also before anything is asked of AWS", () => {
  const file = join(folder, "policy.yaml");
  load(POLICY);
  assert.deepEqual(providerArgs(file), { region: "eu-central-1", allowedAccountIds: ["735291846013"] });
  load(POLICY.replace(/ {2}region: eu-c.*\n.*account.*\n/, ""));
  assert.deepEqual(providerArgs(file), {});
  assert.deepEqual(providerArgs(join(folder, "nowhere.yaml")), {}, "what is wrong with it is said when it is deployed");
});

test("a deployment anywhere else is refused, and production without a place of its own", () => {
  checkPlace(HERE, HERE, true);
  checkPlace({}, HERE, false);
  const refused: [wanted: object, production: boolean, says: RegExp][] = [
    [{ ...HERE, region: "us-east-1" }, false, /deploy\.region in us-east-1, and this would be eu-central-1/],
    [{ account: "111122223333" }, false, /deploy\.account in 111122223333, and this would be 735291846013/],
    [{ region: HERE.region }, true, /production needs deploy\.region and deploy\.account/],
    [{ account: HERE.account }, true, /production needs deploy\.region and deploy\.account/],
  ];
  for (const [wanted, production, says] of refused)
    assert.throws(() => checkPlace(wanted, HERE, production), { code: "ERR_INPUT_INVALID", message: says });
});

test("a stage is a name that AWS takes everywhere", () => {
  for (const stage of ["production", "dev-jane", "a", "pr-1234"]) checkStage(stage);
  for (const stage of ["", "Jane", "dev_jane", "-dev", "1st", "ü", "a/b", "a*", "a".repeat(21), "dev\n"])
    assert.throws(() => checkStage(stage), /a stage is 1 to 20 lower-case letters/, stage);
  assert.deepEqual([isProduction("production"), isProduction("production-2")], [true, false]);
});
