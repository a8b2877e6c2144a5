/** Undoing at the vendors where it takes more than a switch: a password of the account's own, and profiles that nobody can put back. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import { approvePlans } from "../../lib/approval/index.ts";
import type { Change, Directory } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import type { RunOrder } from "../../lib/run/index.ts";
import { startStrata } from "../../simulators/strata/index.ts";
import { startVmware } from "../../simulators/vmware-csp/index.ts";
import { strataDirectory } from "../directories/strata/fixture.ts";
import { runHere } from "../shared-engine.ts";
import { compile, startWorld, type World } from "../world.ts";
import { JANE, UNDO_POLICY } from "./undoing.ts";

const OPS = "ops@example.com";

let world: World;
beforeEach(async () => {
  world = await startWorld({ accounts: 1 });
});
afterEach(() => world.close());

const clock = () => Date.now() + world.time.ahead;

/**
 * Runs over one directory, which is opened once for each version of its secret: a passcode is good once, and the next one would be
 * waited for. The next run comes when the passcodes of this one are over.
 */
function runnerOf(directory: { readonly id: string }, secret: { value: unknown; version: string }) {
  const policy = compile(
    `version: 1\ndirectories: [${JSON.stringify({ mode: "enforce", ...directory })}]\n${UNDO_POLICY}`,
  );
  const openAnew = opener(policy, { read: async () => secret }, fetch, clock);
  const opened = new Map<string, Promise<Directory>>();
  const open: typeof openAnew = (id, signal) => {
    const known = opened.get(secret.version) ?? openAnew(id, signal);
    opened.set(secret.version, known);
    return known;
  };
  const ports = world.ports(UNDO_POLICY, { policy, policyHash: hashPolicy(policy), open });
  const run = async (order: Omit<RunOrder, "origin">) => {
    const report = await runHere(ports, { origin: { by: "omar@laptop", how: "test" }, ...order });
    world.time.ahead += 60_000;
    const [only] = report.directories;
    assert.ok(only);
    return { ...report, only };
  };
  const approve = async (planned: string) => {
    const [plan] = await world.ledger.readPlans(planned);
    assert.ok(plan);
    const applies = await approvePlans(ports, { run: planned, hash: plan.hash, origin: JANE });
    return run({ mode: "enforce", applies });
  };
  return { run, approve };
}

const changesOf = async (run: string, directory: string): Promise<Change[]> =>
  (await Array.fromAsync(world.ledger.listChanges(run, directory))).flat();

async function startPrincipal() {
  const vmware = await startVmware({ principals: [{ username: OPS }], users: 2, now: clock });
  const secret = { value: vmware.credentials as unknown, version: "1" };
  const directory = { id: "cloud", vendor: "vmware-csp", principals: [OPS], endpoints: vmware.endpoints };
  return { vmware, secret, ...runnerOf(directory, secret) };
}

test("a VMware principal is put back with its own password, and its token works as before", async (context) => {
  const { vmware, run, approve } = await startPrincipal();
  context.after(() => vmware.close());
  const made = await run({ mode: "enforce" });
  assert.equal(made.only.changes.enforced, 1, JSON.stringify(made.only.problems));
  const planned = await run({ mode: "plan", undoes: { run: made.run } });
  assert.deepEqual([planned.only.changes.planned, vmware.principal(OPS).turnedOn], [1, true]);
  const applied = await approve(planned.run);
  assert.deepEqual([applied.only.changes.reverted, vmware.principal(OPS).turnedOn], [1, false]);
  const next = await run({ mode: "plan" });
  assert.equal(next.only.verdicts.violating, 1, "it can be read");
  assert.deepEqual([next.only.changes.planned, next.only.changes.refused], [1, 1], "and is left alone");
});

test("a password that VMware refuses is not sent again, in no direction", async (context) => {
  const { vmware, secret, run, approve } = await startPrincipal();
  context.after(() => vmware.close());
  const made = await run({ mode: "enforce" });
  const { principals } = vmware.credentials;
  secret.value = { principals: { [OPS]: { ...principals[OPS], password: "not-the-password" } } };
  secret.version = "2";
  const planned = await run({ mode: "plan", undoes: { run: made.run } });
  const applied = await approve(planned.run);
  assert.deepEqual([applied.only.changes.failed, vmware.principal(OPS).turnedOn], [1, true]);
  const again = await run({ mode: "plan", undoes: { run: made.run } });
  const [change] = await changesOf(again.run, "cloud");
  assert.equal(change?.outcome, "refused");
  assert.match(change?.why ?? "", /refused this account.s password/);
  assert.equal(vmware.principal(OPS).wrongPasswords, 1);
});

test("of profiles the plan says beforehand that none can be put back, and why", async (context) => {
  const strata = await startStrata({
    now: clock,
    before: ({ route }) => {
      // Instead of the ten seconds that must lie between two looks at the jobs.
      if (route === "jobs") world.time.ahead += 10_000;
    },
  });
  context.after(() => strata.close());
  strata.setPushBehavior({ looks: 0, children: 0 });
  const own = strataDirectory(strata, 5);
  strata.edit(strata.wish(0).name, { mfa_cert_profile: "another" });
  const directory = { id: "firewalls", vendor: "strata", adopt: true, ...own.settings };
  const { run } = runnerOf(directory, { value: own.secret, version: "1" });
  const made = await run({ mode: "enforce" });
  assert.equal(made.only.changes.enforced, 5, JSON.stringify(made.only.problems));
  const planned = await run({ mode: "plan", undoes: { run: made.run } });
  assert.deepEqual([planned.only.changes.planned, planned.only.changes.refused], [5, 5]);
  const [plan] = await world.ledger.readPlans(planned.run);
  assert.deepEqual([plan?.status, plan?.changes], ["applied", 0]);
  const changes = await changesOf(planned.run, "firewalls");
  assert.equal(changes.filter(({ why = "" }) => /cannot be undone: its secret was written/.test(why)).length, 4);
  assert.equal(changes.filter(({ why = "" }) => /cannot be undone: this profile was made by us/.test(why)).length, 1);
});
