/** Accounts whose own credentials change them: a password is never tried twice, and nobody is left who cannot sign in any more. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { enforceChange } from "../../lib/enforcement/enforce.ts";
import { WardenError } from "../../lib/errors.ts";
import { type Device, type Directory, knownFact, NOT_ASKED, type Subject } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { Rechecked } from "../../lib/recheck/ports.ts";
import { eventMessage, queueOf, signal } from "../recheck/events.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const WORKFORCE = "workforce";
const ACCOUNT = "root@example.com";
const TOTP: Device = { method: "totp", usable: true, name: "vault" };

/** A made-up vendor with one account, which is changed with its own password. */
interface MadeUpVendor {
  enabled: boolean;
  devices: Device[];
  /** Version of the secret that holds the right password. */
  validVersion: string;
  /** Version of the secret that there is. */
  secretVersion: string;
  passwordsSent: number;
  confirm: "ok" | "lost" | "unreachable";
  /** No answer to a password comes. */
  answersLost?: boolean;
  caution?: string;
}

let world: World;
let vendor: MadeUpVendor;
beforeEach(async () => {
  world = await startWorld({ accounts: 1 });
  vendor = {
    enabled: false,
    devices: [TOTP],
    validVersion: "1",
    secretVersion: "1",
    passwordsSent: 0,
    confirm: "ok",
  };
});
afterEach(() => world.close());

function openVendor(): Directory {
  const { secretVersion } = vendor;
  const subject = (): Subject => ({
    id: ACCOUNT,
    username: ACCOUNT,
    switchNeedsDevice: true,
    credentialHeld: true,
    facts: {
      active: knownFact(true),
      enabled: knownFact(vendor.enabled),
      devices: knownFact(vendor.devices),
      population: NOT_ASKED,
      groups: NOT_ASKED,
      createdAt: NOT_ASKED,
    },
  });
  return {
    vendor: "made-up",
    tenant: "tenant",
    api: "http://127.0.0.1",
    secretVersion,
    scopes: () => [],
    check: async () => [],
    page: async () => ({ subjects: [subject()] }),
    read: async () => subject(),
    caution: () => vendor.caution,
    secretUsers: () => [ACCOUNT],
    async enforce() {
      vendor.passwordsSent++;
      if (vendor.answersLost) throw new WardenError("ERR_VENDOR_TIMEOUT", "No answer came.");
      if (secretVersion !== vendor.validVersion)
        throw new WardenError("ERR_VENDOR_PASSWORD", "The password is wrong.", { status: 403, vendorCode: "403.1" });
      vendor.enabled = true;
      return "sent";
    },
    async confirm() {
      if (vendor.confirm === "ok") return { ok: true };
      if (vendor.confirm === "unreachable") throw new WardenError("ERR_VENDOR_UNAVAILABLE", "It is down.");
      vendor.enabled = false;
      return { ok: false, why: "the passcode was refused, so MFA was switched off again" };
    },
  };
}

const open = async () => openVendor();
const ports = () => world.ports(EVERYONE, { open, readBackTimeoutMs: 0 });
const sweep = (mode: "plan" | "enforce" = "enforce") => world.sweep(mode, EVERYONE, { open, readBackTimeoutMs: 0 });
const stateNow = async () => (await world.ledger.readHistory(WORKFORCE, ACCOUNT)).state;

/** What an event about the account comes to. */
async function recheckByEvent(id: string): Promise<Rechecked | undefined> {
  const rechecked: Rechecked[] = [];
  const { evidence: _, ...rest } = ports();
  await world.ledger.setDeployedPolicy(rest.policyHash);
  const onProgress = (event: Rechecked) => rechecked.push(event);
  const recheck = messageRechecker({ ...rest, queue: queueOf(world), onProgress });
  await recheck([eventMessage({ id, directory: WORKFORCE, subject: ACCOUNT })], signal);
  return rechecked[0];
}

test("is switched on, and enforced once it can be used as before", async () => {
  const { only } = await sweep();
  assert.deepEqual([only.changes.enforced, only.after.compliant], [1, 1]);
  const state = await stateNow();
  assert.deepEqual(state?.facts.devices, ['totp "vault"']);
});

test("a refused password is not used again in any sweep or event, until the secret has a new version", async () => {
  vendor.validVersion = "2";
  const first = await sweep();
  assert.deepEqual([first.only.changes.failed, vendor.passwordsSent], [1, 1]);
  const state = await stateNow();
  assert.deepEqual([state?.refusedSecret, state?.event.detail], ["1", { status: 403, vendorCode: "403.1" }]);
  const second = await sweep();
  assert.deepEqual([second.only.changes.refused, vendor.passwordsSent], [1, 1]);
  const rechecked = await recheckByEvent("e-1");
  assert.deepEqual([rechecked?.outcome, vendor.passwordsSent], ["refused", 1]);
  assert.match(rechecked?.why ?? "", /new version of the secret/);
  vendor.secretVersion = "2";
  const third = await sweep();
  assert.deepEqual([third.only.changes.enforced, vendor.passwordsSent], [1, 2]);
});

test("a change that is refused beforehand does not use up what a run may change", async () => {
  vendor.validVersion = "2";
  await sweep();
  const { only } = await sweep();
  const [change] = (await Array.fromAsync(world.ledger.listChanges(only.run, WORKFORCE))).flat();
  assert.deepEqual([change?.foreseen, change?.outcome], [true, "refused"]);
  assert.equal(await world.ledger.countSpentBudget("all"), 1, "only the first one");
});

test("a refusal in an event holds for sweeps too", async () => {
  await sweep("plan");
  vendor.validVersion = "2";
  assert.equal((await recheckByEvent("e-1"))?.outcome, "failed");
  await sweep();
  assert.equal(vendor.passwordsSent, 1);
});

test("a password whose answer was lost is not sent again by the same event, but by the next sweep", async () => {
  await sweep("plan");
  vendor.answersLost = true;
  assert.equal((await recheckByEvent("e-1"))?.outcome, "failed");
  assert.equal((await recheckByEvent("e-1"))?.did, "seen");
  assert.equal(vendor.passwordsSent, 1);
  vendor.answersLost = false;
  assert.equal((await sweep()).only.changes.enforced, 1);
});

test("a refusal outlives death between the change's record and the account's", async () => {
  vendor.validVersion = "2";
  const { run } = await sweep("plan");
  const { policyHash, ...rest } = ports();
  await world.ledger.setDeployedPolicy(policyHash);
  const context = { ...rest, policyHash, id: WORKFORCE, directory: openVendor() };
  const [change] = (await Array.fromAsync(world.ledger.listChanges(run, WORKFORCE))).flat();
  assert.ok(change);
  // The change has its outcome and what was learned; then the process is gone.
  const dying: typeof world.ledger.completeClaim = async (_claim, _seen, result) => {
    await world.ledger.refuseChange(change, result);
    throw new Error("killed");
  };
  const lease = { directory: WORKFORCE, run, token: 1 };
  await assert.rejects(
    enforceChange({ ...context, ledger: { ...world.ledger, completeClaim: dying } }, { lease, change }, signal),
    /killed/,
  );
  const [ended] = (await Array.fromAsync(world.ledger.listChanges(run, WORKFORCE))).flat();
  assert.ok(ended);
  assert.equal((await enforceChange(context, { lease, change: ended }, signal)).outcome, "failed");
  assert.deepEqual([(await stateNow())?.refusedSecret, vendor.passwordsSent], ["1", 1]);
});

test("an account that could not be used any more is put back, and the change has failed", async () => {
  vendor.confirm = "lost";
  const { only } = await sweep();
  assert.deepEqual([only.changes.failed, only.changes.enforced, only.after.violating], [1, 0, 1]);
  const state = await stateNow();
  assert.deepEqual(
    [state?.facts.enabled, state?.event.why],
    [false, "the passcode was refused, so MFA was switched off again"],
  );
});

test("where nobody can tell whether it can be used, the change is unverified", async () => {
  vendor.confirm = "unreachable";
  const { only } = await sweep();
  assert.deepEqual([only.changes.unverified, only.changes.enforced], [1, 0]);
});

test("what a dead run switched on is confirmed by whoever recovers it", async () => {
  const ledger = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
  await world.sweep("enforce", EVERYONE, { open, ledger, readBackTimeoutMs: 0 });
  assert.equal(vendor.enabled, true);
  vendor.confirm = "lost";
  const { only } = await sweep();
  const { events } = await world.ledger.readHistory(WORKFORCE, ACCOUNT);
  assert.equal(events.find(({ outcome }) => outcome)?.outcome, "failed");
  assert.equal(only.changes.failed, 1);
});

test("on without a device is pending for a while, then violating, and there is nothing that we could change", async () => {
  vendor.enabled = true;
  vendor.devices = [];
  const first = await sweep();
  assert.equal(first.only.verdicts.pending, 1);
  world.time.ahead += 15 * 24 * 3_600_000;
  const second = await sweep();
  assert.deepEqual([second.only.verdicts.violating, second.only.changes.planned, vendor.passwordsSent], [1, 0, 0]);
  assert.deepEqual((await stateNow())?.facts.devices, []);
});

test("what a person should know is a note of the plan, and stops nothing", async () => {
  vendor.caution = "its API token will ask for a passcode";
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
