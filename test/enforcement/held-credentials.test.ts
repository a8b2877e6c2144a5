/** Accounts whose own credentials change them: a password is never tried twice, and nobody is left who cannot sign in any more. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { enforceChange } from "../../lib/enforcement/enforce.ts";
import { WardenError } from "../../lib/errors.ts";
import { type Device, type Directory, knownFact, NOT_ASKED, type Subject } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { Rechecked } from "../../lib/recheck/ports.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const WORKFORCE = "workforce";
const signal = AbortSignal.timeout(60_000);
const TOTP: Device = { method: "totp", usable: true, name: "vault" };

/** A made-up vendor with one account, which is changed with its own password. */
interface Vault {
  enabled: boolean;
  devices: Device[];
  /** Version of the secret that holds the right password. */
  right: string;
  /** Version of the secret that there is. */
  version: string;
  passwords: number;
  confirm: "ok" | "lost" | "unreachable";
  /** No answer to a password comes. */
  silent?: boolean;
  caution?: string;
}

let world: World;
let vault: Vault;
beforeEach(async () => {
  world = await startWorld({ accounts: 1 });
  vault = { ...{ enabled: false, devices: [TOTP], right: "1", version: "1" }, passwords: 0, confirm: "ok" };
});
afterEach(() => world.close());

function openVault(): Directory {
  const { version } = vault;
  const subject = (): Subject => ({
    ...{ id: "root@example.com", username: "root@example.com", switchNeedsDevice: true, credentialHeld: true },
    facts: {
      ...{ active: knownFact(true), enabled: knownFact(vault.enabled), devices: knownFact(vault.devices) },
      ...{ population: NOT_ASKED, groups: NOT_ASKED, createdAt: NOT_ASKED },
    },
  });
  return {
    ...{ vendor: "made-up", tenant: "tenant", api: "http://127.0.0.1", secretVersion: version },
    scopes: () => [],
    check: async () => [],
    page: async () => ({ subjects: [subject()] }),
    read: async () => subject(),
    caution: () => vault.caution,
    secretUsers: () => ["root@example.com"],
    async enforce() {
      vault.passwords++;
      if (vault.silent) throw new WardenError("ERR_VENDOR_TIMEOUT", "No answer came.");
      if (version !== vault.right)
        throw new WardenError("ERR_VENDOR_PASSWORD", "The password is wrong.", { status: 403, vendorCode: "403.1" });
      vault.enabled = true;
      return "sent";
    },
    async confirm() {
      if (vault.confirm === "ok") return { ok: true };
      if (vault.confirm === "unreachable") throw new WardenError("ERR_VENDOR_UNAVAILABLE", "It is down.");
      vault.enabled = false;
      return { ok: false, why: "the passcode was refused, so MFA was switched off again" };
    },
  };
}

const open = async () => openVault();
const ports = () => world.ports(EVERYONE, { open, readBackTimeoutMs: 0 });
const sweep = (mode: "plan" | "enforce" = "enforce") => world.sweep(mode, EVERYONE, { open, readBackTimeoutMs: 0 });
const stateNow = async () => (await world.ledger.readHistory(WORKFORCE, "root@example.com")).state;

/** What an event about the account comes to. */
async function event(id: string): Promise<Rechecked | undefined> {
  const told: Rechecked[] = [];
  const { evidence: _, ...rest } = ports();
  const url = `${world.endpoints.s3}/000000000000/events`;
  const aws = {
    endpoint: world.endpoints.s3,
    region: "us-east-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
  };
  const queue = sqsQueue(aws, { url, deadUrl: `${url}-dead` });
  await world.ledger.setDeployedPolicy(rest.policyHash);
  const body = JSON.stringify({
    directory: WORKFORCE,
    events: [{ id, directory: WORKFORCE, subject: "root@example.com" }],
  });
  await messageRechecker({ ...rest, queue, onProgress: (news) => told.push(news) })(
    [{ id, receipt: "r", receives: 1, body }],
    signal,
  );
  return told[0];
}

test("is switched on, and enforced once it can be used as before", async () => {
  const { only } = await sweep();
  assert.deepEqual([only.changes.enforced, only.after.compliant], [1, 1]);
  const state = await stateNow();
  assert.deepEqual(state?.facts.devices, ['totp "vault"']);
});

test("a refused password is not used again in any sweep or event, until the secret has a new version", async () => {
  vault.right = "2";
  const first = await sweep();
  assert.deepEqual([first.only.changes.failed, vault.passwords], [1, 1]);
  const state = await stateNow();
  assert.deepEqual([state?.refusedSecret, state?.event.detail], ["1", { status: 403, vendorCode: "403.1" }]);
  const second = await sweep();
  assert.deepEqual([second.only.changes.refused, vault.passwords], [1, 1]);
  const looked = await event("e-1");
  assert.deepEqual([looked?.outcome, vault.passwords], ["refused", 1]);
  assert.match(looked?.why ?? "", /new version of the secret/);
  vault.version = "2";
  const third = await sweep();
  assert.deepEqual([third.only.changes.enforced, vault.passwords], [1, 2]);
});

test("a change that is refused beforehand does not use up what a run may change", async () => {
  vault.right = "2";
  await sweep();
  const { only } = await sweep();
  const [change] = (await Array.fromAsync(world.ledger.listChanges(only.run, WORKFORCE))).flat();
  assert.deepEqual([change?.foreseen, change?.outcome], [true, "refused"]);
  assert.equal(await world.ledger.countSpentBudget("all"), 1, "only the first one");
});

test("a refusal in an event holds for sweeps too", async () => {
  await sweep("plan");
  vault.right = "2";
  assert.equal((await event("e-1"))?.outcome, "failed");
  await sweep();
  assert.equal(vault.passwords, 1);
});

test("a password whose answer was lost is not sent again by the same event, but by the next sweep", async () => {
  await sweep("plan");
  vault.silent = true;
  assert.equal((await event("e-1"))?.outcome, "failed");
  assert.equal((await event("e-1"))?.did, "seen");
  assert.equal(vault.passwords, 1);
  vault.silent = false;
  assert.equal((await sweep()).only.changes.enforced, 1);
});

test("a refusal outlives death between the change's record and the account's", async () => {
  vault.right = "2";
  const { run } = await sweep("plan");
  const { policyHash, ...rest } = ports();
  await world.ledger.setDeployedPolicy(policyHash);
  const bench = { ...rest, policyHash, id: WORKFORCE, directory: openVault() };
  const [change] = (await Array.fromAsync(world.ledger.listChanges(run, WORKFORCE))).flat();
  assert.ok(change);
  // The change has its outcome and what was learned; then the process is gone.
  const dying: typeof world.ledger.completeClaim = async (_claim, _seen, result) => {
    await world.ledger.refuseChange(change, result);
    throw new Error("killed");
  };
  const lease = { directory: WORKFORCE, run, token: 1 };
  await assert.rejects(
    enforceChange({ ...bench, ledger: { ...world.ledger, completeClaim: dying } }, { lease, change }, signal),
    /killed/,
  );
  const [ended] = (await Array.fromAsync(world.ledger.listChanges(run, WORKFORCE))).flat();
  assert.ok(ended);
  assert.equal((await enforceChange(bench, { lease, change: ended }, signal)).outcome, "failed");
  assert.deepEqual([(await stateNow())?.refusedSecret, vault.passwords], ["1", 1]);
});

test("an account that could not be used any more is put back, and the change has failed", async () => {
  vault.confirm = "lost";
  const { only } = await sweep();
  assert.deepEqual([only.changes.failed, only.changes.enforced, only.after.violating], [1, 0, 1]);
  const state = await stateNow();
  assert.deepEqual(
    [state?.facts.enabled, state?.event.why],
    [false, "the passcode was refused, so MFA was switched off again"],
  );
});

test("where nobody can tell whether it can be used, the change is unverified", async () => {
  vault.confirm = "unreachable";
  const { only } = await sweep();
  assert.deepEqual([only.changes.unverified, only.changes.enforced], [1, 0]);
});

test("what a dead run switched on is confirmed by whoever settles it", async () => {
  const ledger = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
  await world.sweep("enforce", EVERYONE, { open, ledger, readBackTimeoutMs: 0 });
  assert.equal(vault.enabled, true);
  vault.confirm = "lost";
  const { only } = await sweep();
  const { events } = await world.ledger.readHistory(WORKFORCE, "root@example.com");
  assert.equal(events.find(({ outcome }) => outcome)?.outcome, "failed");
  assert.equal(only.changes.failed, 1);
});

test("on without a device is pending for a while, then violating, and there is nothing that we could change", async () => {
  vault.enabled = true;
  vault.devices = [];
  const first = await sweep();
  assert.equal(first.only.verdicts.pending, 1);
  world.time.ahead += 15 * 24 * 3_600_000;
  const second = await sweep();
  assert.deepEqual([second.only.verdicts.violating, second.only.changes.planned, vault.passwords], [1, 0, 0]);
  assert.deepEqual((await stateNow())?.facts.devices, []);
});

test("what a person should know is a note of the plan, and stops nothing", async () => {
  vault.caution = "its API token will ask for a passcode";
  const planned = await sweep("plan");
  const note = planned.only.problems.find(({ code }) => code === "ERR_PLAN_CAUTION");
  assert.match(note?.message ?? "", /workforce\/root@example\.com: its API token/);
  assert.equal(planned.only.status, "completed");
  const made = await sweep();
  assert.deepEqual([made.only.status, made.only.changes.enforced], ["completed", 1]);
  const after = await sweep();
  assert.equal(
    after.only.problems.some(({ code }) => code === "ERR_PLAN_CAUTION"),
    false,
  );
});
