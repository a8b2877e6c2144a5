/** What VMware Cloud Services answers, and what a directory of it makes of each answer. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import { WardenError } from "../../../lib/errors.ts";
import type { Directory, DoctorCheck, Fact, Subject } from "../../../lib/model/index.ts";
import {
  type Fault,
  type PrincipalSeed,
  startVmware,
  type Vmware,
  type VmwareCredentials,
  type VmwareSettings,
} from "../../../simulators/vmware-csp/index.ts";

const never = new AbortController().signal;
const OPS = "ops@example.com";
const CI = "ci@example.com";
const BOTH: PrincipalSeed[] = [{ username: OPS }, { username: CI }];

interface Setting extends VmwareSettings {
  /** As the policy writes them; default: those of the simulator. */
  policy?: unknown[];
  /** False: the principals are all there is. */
  listed?: boolean;
  secret?: (all: VmwareCredentials) => unknown;
}

interface Bench {
  vmware: Vmware;
  directory: Directory;
  /** How far everybody's clock is ahead, in ms. */
  time: { ahead: number };
  /** Another process's. */
  again(): Directory;
  subject(id?: string): Promise<Subject>;
  /** How many calls there were to a route, as "METHOD route". */
  count(call: string): number;
}

async function start(context: TestContext, setting: Setting = {}): Promise<Bench> {
  const { policy, listed = false, secret = (all) => all, ...settings } = setting;
  const { principals = [{ username: OPS }] } = settings;
  const time = { ahead: 0 };
  const clock = () => Date.now() + time.ahead;
  const vmware = await startVmware({ users: 4, now: clock, ...settings, principals });
  context.after(() => vmware.close());
  const needs = {
    ...{ id: "cloud", secret: secret(vmware.credentials), secretVersion: "7", fetch, clock },
    settings: {
      principals: policy ?? principals.map(({ username }) => username),
      ...(listed ? { organization: vmware.organization } : {}),
      endpoints: vmware.endpoints,
    },
  };
  const again = () => openDirectory("vmware-csp", needs);
  const directory = again();
  const subject = async (id = OPS) => {
    const { subjects } = await directory.page(undefined, never);
    const found = subjects.find((one) => one.id === id);
    assert.ok(found);
    return found;
  };
  return { vmware, directory, time, again, subject, count: (call) => vmware.counts()[call] ?? 0 };
}

const bare = ({ principals, reader }: VmwareCredentials) => ({
  principals: Object.fromEntries(
    Object.entries(principals).map(([name, { apiToken, password }]) => [name, { apiToken, password }]),
  ),
  reader,
});

const known = (value: unknown) => ({ known: true, value });
const why = (fact: Fact<unknown> | undefined) => (fact?.known === false ? fact.why : "known");

async function all(directory: Directory) {
  const pages = [];
  for (let cursor: string | undefined; ; ) {
    const page = await directory.page(cursor, never);
    pages.push(page);
    if (page.next === undefined) return { pages, subjects: pages.flatMap(({ subjects }) => subjects) };
    cursor = page.next;
  }
}

describe("a principal", () => {
  for (const [activated, turnedOn] of [
    [false, false],
    [true, false],
    [false, true],
  ] as const) {
    test(`that is${activated ? "" : " not"} activated and${turnedOn ? "" : " not"} turned on shows both as they are`, async (context) => {
      const principals = [{ username: OPS, activated, turnedOn, deviceName: "Duty phone" }];
      const { subject } = await start(context, { principals });
      const { facts, switchNeedsDevice, credentialHeld, username } = await subject();
      assert.deepEqual(facts.enabled, known(turnedOn));
      const devices = activated ? [{ method: "totp", usable: true, name: "Duty phone" }] : [];
      assert.deepEqual(facts.devices, known(devices));
      assert.deepEqual(facts.active, known(true));
      assert.deepEqual([switchNeedsDevice, credentialHeld, username], [true, true, OPS]);
      for (const name of ["population", "groups", "createdAt"] as const) assert.equal(facts[name].known, false);
    });
  }

  test("with MFA is read with a passcode", async (context) => {
    const { subject, vmware, count } = await start(context, { principals: [{ username: OPS, turnedOn: true }] });
    const { facts } = await subject();
    assert.deepEqual([facts.enabled, facts.devices.known], [known(true), true]);
    assert.deepEqual(
      vmware.calls.map(({ route, status }) => [route, status]),
      [
        ["token", 400],
        ["token", 200],
        ["status", 200],
      ],
    );
    assert.equal(count("PATCH switch"), 0);
  });

  test("has its user name in lower case as its id, however policy, secret and vendor write it", async (context) => {
    const { directory } = await start(context, {
      principals: [{ username: "Ops@Example.com" }],
      policy: ["OPS@example.com"],
    });
    const { subjects } = await directory.page(undefined, never);
    assert.deepEqual([subjects[0]?.id, subjects[0]?.username], [OPS, "OPS@example.com"]);
    assert.deepEqual(subjects[0]?.facts.enabled, known(false));
    assert.equal(await directory.find?.(OPS, never), OPS);
  });

  for (const [field, fact] of [
    ["turnedOn", "enabled"],
    ["activated", "devices"],
  ] as const) {
    for (const value of [undefined, null, "true", 1]) {
      test(`whose ${field} is ${JSON.stringify(value)} leaves ${fact} unknown, never false`, async (context) => {
        const { vmware, subject } = await start(context);
        vmware.setFault(value === undefined ? { kind: "drop", field } : { kind: "field", field, value });
        const { facts } = await subject();
        assert.deepEqual(facts[fact], { known: false, why: `VMware answered without a readable ${field}` });
      });
    }
  }

  const strangers: [string, Fault, RegExp][] = [
    ["somebody else's", { kind: "wrong-user", on: "status" }, /somebody else's API token/],
    ["nobody's", { kind: "drop", on: "status", field: "username" }, /whose MFA status/],
  ];
  for (const [whose, fault, reason] of strangers) {
    test(`whose token brings ${whose} status is unknown, and is not changed`, async (context) => {
      const { vmware, directory, subject, count } = await start(context, { opaqueTokens: true });
      vmware.setFault(fault);
      const found = await subject();
      assert.match(why(found.facts.enabled), reason);
      assert.match(why(found.facts.active), reason);
      const sent = await directory.enforce?.(found, never);
      assert.ok(typeof sent === "object" && sent.outcome === "refused" && reason.test(sent.why));
      assert.equal(count("PATCH switch"), 0);
    });
  }

  for (const value of [undefined, null, ""]) {
    test(`whose status says ${JSON.stringify(value)} for its user name goes by the name in the token`, async (context) => {
      const { vmware, subject, directory } = await start(context);
      vmware.setFault({ kind: "field", on: "status", field: "username", value });
      const found = await subject();
      assert.deepEqual(found.facts.enabled, known(false));
      assert.equal(await directory.enforce?.(found, never), "sent");
      const other = await start(context, {
        principals: BOTH,
        secret: ({ principals }) => ({ principals: { ...principals, [OPS]: principals[CI] } }),
      });
      other.vmware.setFault({ kind: "field", on: "status", field: "username", value });
      assert.match(why((await other.subject()).facts.enabled), /somebody else's API token/);
    });
  }

  const refusals: [number, string][] = [
    [401, "ERR_VENDOR_AUTH"],
    [403, "ERR_VENDOR_DENIED"],
    [404, "ERR_VENDOR_NOT_FOUND"],
    [429, "ERR_VENDOR_THROTTLED"],
    [501, "ERR_VENDOR_UNAVAILABLE"],
  ];
  for (const [status, code] of refusals) {
    test(`whose status is answered with ${status} is unknown, beside others that are known`, async (context) => {
      const { vmware, directory } = await start(context, { principals: BOTH });
      const aim = { on: "status", user: OPS } as const;
      vmware.setFault(status === 429 ? { kind: "limited", retryAfter: 60, ...aim } : { kind: "error", status, ...aim });
      const { subjects } = await directory.page(undefined, never);
      const [ops, ci] = subjects;
      assert.match(why(ops?.facts.enabled), new RegExp(`^${code}: Directory cloud`));
      assert.match(why(ops?.facts.active), new RegExp(code));
      assert.deepEqual(ci?.facts.enabled, known(false));
    });
  }

  test("whose trouble may pass cannot be read on its own; one that is refused reads as unknown", async (context) => {
    const { vmware, directory } = await start(context);
    vmware.setFault({ kind: "limited", retryAfter: 60, on: "status" });
    await assert.rejects(directory.read(OPS, never), { code: "ERR_VENDOR_THROTTLED" });
    vmware.clearFaults();
    vmware.setFault({ kind: "error", status: 404, on: "status" });
    const read = await directory.read(OPS, never);
    assert.match(why(read?.facts.enabled), /ERR_VENDOR_NOT_FOUND/);
  });

  test("is not read from a vendor that is down: the listing fails", async (context) => {
    const principals = Array.from({ length: 60 }, (_, n) => ({ username: `p${n}@example.com` }));
    for (const some of [principals, principals.slice(0, 2)]) {
      const { vmware, directory, count } = await start(context, { principals: some });
      vmware.setFault({ kind: "limited", retryAfter: 60 });
      await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_THROTTLED" });
      assert.ok(count("POST token") < 40, "a vendor that is down was asked about everybody");
    }
  });

  test("that the secret does not have is unknown for that reason, and the others are read", async (context) => {
    const { directory, count } = await start(context, { policy: [OPS, "nobody@example.com"] });
    const { subjects } = await directory.page(undefined, never);
    assert.deepEqual(subjects[0]?.facts.enabled, known(false));
    assert.match(why(subjects[1]?.facts.enabled), /not in the directory's secret/);
    const sent = await directory.enforce?.(subjects[1] as Subject, never);
    assert.ok(typeof sent === "object" && sent.outcome === "refused");
    assert.equal(count("PATCH switch"), 0);
    const checks = await directory.check(never);
    assert.match(detailOf(checks, "principal nobody@example.com", "failed"), /no credentials of nobody@example.com/);
  });

  test("of a service account's token is unknown, and doctor says what to do", async (context) => {
    const { subject, directory } = await start(context, { principals: [{ username: OPS, service: true }] });
    assert.match(why((await subject()).facts.enabled), /ERR_VENDOR_DENIED.*service account's token/);
    assert.match(detailOf(await directory.check(never), `principal ${OPS}`, "failed"), /give a user account's own/);
  });
});

describe("turning MFA on", () => {
  test("sends the password and the switch, and the read-back shows it", async (context) => {
    const { vmware, directory, subject } = await start(context);
    assert.equal(await directory.enforce?.(await subject(), never), "sent");
    assert.equal(vmware.principal(OPS).turnedOn, true);
    assert.deepEqual((await directory.read(OPS, never))?.facts.enabled, known(true));
    assert.deepEqual(await directory.confirm?.(await subject(), never), { ok: true });
    assert.deepEqual((await directory.read(OPS, never))?.facts.enabled, known(true));
  });

  test("that was answered with 200 and did nothing is shown by the read-back alone", async (context) => {
    const { vmware, directory, subject } = await start(context);
    vmware.setFault({ kind: "no-effect" });
    vmware.setFault({ kind: "drop", on: "switch", field: "turnedOn" });
    assert.equal(await directory.enforce?.(await subject(), never), "sent");
    assert.deepEqual((await directory.read(OPS, never))?.facts.enabled, known(false));
  });

  test("that somebody else did meanwhile needs no password", async (context) => {
    const { vmware, directory, subject, count } = await start(context);
    const found = await subject();
    vmware.change(OPS, { turnedOn: true });
    assert.equal(await directory.enforce?.(found, never), "sent");
    assert.equal(count("PATCH switch"), 0);
  });

  const sentences: [status: number, code: string, sentence: RegExp][] = [
    [400, "ERR_VENDOR_REJECTED", /took the request to change ops@example\.com for a wrong one.*password/],
    [404, "ERR_VENDOR_NOT_FOUND", /no user for the token of ops@example\.com, or no MFA device/],
    [409, "ERR_VENDOR_REJECTED", /another change of ops@example\.com at the same time; sweep again/],
  ];
  for (const [status, code, message] of sentences) {
    test(`${status} has a sentence of its own`, async (context) => {
      const { vmware, directory, subject } = await start(context);
      vmware.setFault({ kind: "error", status, on: "switch" });
      await assert.rejects(async () => directory.enforce?.(await subject(), never), { code, message });
    });
  }

  test("400 is ours: it fails, and is not tried again", async (context) => {
    const { vmware, directory, subject, count } = await start(context);
    vmware.setFault({ kind: "error", status: 400, on: "switch" });
    await assert.rejects(async () => directory.enforce?.(await subject(), never), { code: "ERR_VENDOR_REJECTED" });
    assert.equal(count("PATCH switch"), 1);
  });

  test("401 renews the token once, and then fails", async (context) => {
    const { vmware, directory, subject, count } = await start(context);
    const found = await subject();
    vmware.setFault({ kind: "expire-token", on: "switch", times: 1 });
    assert.equal(await directory.enforce?.(found, never), "sent");
    assert.deepEqual([count("PATCH switch"), count("POST token")], [2, 2]);
    vmware.change(OPS, { turnedOn: false });
    vmware.setFault({ kind: "expire-token", on: "switch" });
    await assert.rejects(async () => directory.enforce?.(found, never), { code: "ERR_VENDOR_AUTH" });
    assert.equal(count("PATCH switch"), 4);
  });

  test("403 is a wrong password: never sent again, so that nothing locks the account", async (context) => {
    const wrong = "not-the-password";
    const { vmware, directory, subject, count } = await start(context, {
      secret: ({ principals }) => ({
        principals: Object.fromEntries(
          Object.entries(principals).map(([name, entry]) => [name, { ...entry, password: wrong }]),
        ),
      }),
    });
    await assert.rejects(
      async () => directory.enforce?.(await subject(), never),
      (error) =>
        error instanceof WardenError &&
        error.code === "ERR_VENDOR_PASSWORD" &&
        /password of ops@example.com/.test(error.message) &&
        !error.message.includes(wrong) &&
        error.detail.status === 403,
    );
    assert.equal(count("PATCH switch"), 1);
    assert.deepEqual([vmware.principal(OPS).wrongPasswords, vmware.principal(OPS).locked], [1, false]);
  });

  test("a token that is refused on the way to the change is not a wrong password", async (context) => {
    for (const status of [400, 403, 404]) {
      const policy = [{ username: OPS, allowTokenLoss: true }];
      const { vmware, directory, subject, count } = await start(context, { secret: bare, policy });
      const found = await subject();
      vmware.setFault({ kind: "expire-token", on: "switch" });
      vmware.setFault({ kind: "error", status, on: "token" });
      await assert.rejects(async () => directory.enforce?.(found, never), {
        code: "ERR_VENDOR_AUTH",
        message: /does not accept the API token of ops@example\.com/,
      });
      assert.equal(count("PATCH switch"), 1);
    }
  });

  for (const fault of [{ kind: "reset" }, { kind: "cut" }, { kind: "error", status: 503 }] satisfies Fault[]) {
    test(`a ${fault.kind} after a password that may have been wrong is not answered by sending it again`, async (context) => {
      const { vmware, directory, subject, count } = await start(context);
      vmware.setFault({ ...fault, on: "switch" });
      await assert.rejects(async () => directory.enforce?.(await subject(), never), WardenError);
      assert.equal(count("PATCH switch"), 1);
    });
  }

  test("404 of an account without MFA details needs its user", async (context) => {
    const { vmware, directory, subject, count } = await start(context, {
      before: ({ method }) => {
        if (method === "PATCH") vmware.change(OPS, { activated: false });
      },
    });
    const sent = await directory.enforce?.(await subject(), never);
    assert.deepEqual(sent, { outcome: "needs-user", why: "it has no registered MFA device; register one first" });
    assert.equal(count("PATCH switch"), 1);
  });

  test("404 of a user that there is not fails", async (context) => {
    const { vmware, directory, subject } = await start(context, {
      before: ({ method }) => {
        if (method === "PATCH") vmware.change(OPS, { gone: true });
      },
    });
    await assert.rejects(async () => directory.enforce?.(await subject(), never), { code: "ERR_VENDOR_NOT_FOUND" });
  });

  test("404 of an account that has a device after all fails", async (context) => {
    const { vmware, directory, subject } = await start(context);
    vmware.setFault({ kind: "error", status: 404, on: "switch" });
    await assert.rejects(async () => directory.enforce?.(await subject(), never), { code: "ERR_VENDOR_NOT_FOUND" });
  });

  test("of an account without a device is not tried", async (context) => {
    for (const fault of [undefined, { kind: "drop", field: "activated" }] satisfies (Fault | undefined)[]) {
      const { vmware, directory, subject, count } = await start(context, {
        principals: [{ username: OPS, activated: fault !== undefined }],
      });
      if (fault) vmware.setFault(fault);
      const sent = await directory.enforce?.(await subject(), never);
      assert.ok(typeof sent === "object" && sent.outcome === "needs-user");
      assert.equal(count("PATCH switch"), 0);
    }
  });

  test("409 looks again: on is on, off is tried once more, and then it fails", async (context) => {
    const { vmware, directory, subject, count } = await start(context);
    const found = await subject();
    vmware.setFault({ kind: "error", status: 409, on: "switch", nth: 1 });
    assert.equal(await directory.enforce?.(found, never), "sent");
    assert.deepEqual([count("PATCH switch"), vmware.principal(OPS).turnedOn], [2, true]);
    vmware.clearFaults();
    vmware.change(OPS, { turnedOn: false });
    vmware.setFault({ kind: "error", status: 409, on: "switch" });
    await assert.rejects(async () => directory.enforce?.(found, never), { code: "ERR_VENDOR_REJECTED" });
    assert.equal(count("PATCH switch"), 4);
  });

  test("409 because somebody else turned it on is done with one look", async (context) => {
    const { vmware, directory, subject, count } = await start(context, {
      before: ({ method }) => {
        if (method === "PATCH") vmware.change(OPS, { turnedOn: true });
      },
    });
    vmware.setFault({ kind: "error", status: 409, on: "switch" });
    assert.equal(await directory.enforce?.(await subject(), never), "sent");
    assert.equal(count("PATCH switch"), 1);
  });

  test("429 and 500 are tried again, a few times", async (context) => {
    const { vmware, directory, subject, count } = await start(context);
    const found = await subject();
    vmware.setFault({ kind: "limited", on: "switch", nth: 1 });
    vmware.setFault({ kind: "error", status: 500, on: "switch", nth: 2 });
    assert.equal(await directory.enforce?.(found, never), "sent");
    assert.equal(count("PATCH switch"), 3);
  });

  test("429 that asks for a long wait fails at once", async (context) => {
    const { vmware, directory, subject, count } = await start(context);
    vmware.setFault({ kind: "limited", on: "switch", retryAfter: 600 });
    await assert.rejects(async () => directory.enforce?.(await subject(), never), { code: "ERR_VENDOR_THROTTLED" });
    assert.equal(count("PATCH switch"), 1);
  });

  test("is refused to everybody who is no principal", async (context) => {
    const { directory, count } = await start(context, { listed: true });
    const { subjects } = await all(directory);
    const other = subjects.at(-1);
    assert.ok(other);
    const sent = await directory.enforce?.(other, never);
    assert.ok(typeof sent === "object" && sent.outcome === "refused");
    assert.equal(count("PATCH switch"), 0);
  });
});

describe("the API token", () => {
  test("of an account without a seed is not put at risk, unless the policy allows its loss", async (context) => {
    const { directory, subject, count } = await start(context, { secret: bare });
    const found = await subject();
    const sent = await directory.enforce?.(found, never);
    assert.ok(typeof sent === "object" && sent.outcome === "refused" && /no totpSeed/.test(sent.why));
    assert.equal(directory.caution?.(found), undefined);
    assert.equal(count("PATCH switch"), 0);

    const policy = [{ username: OPS, allowTokenLoss: true }];
    const daring = await start(context, { secret: bare, policy });
    const at = await daring.subject();
    assert.match(daring.directory.caution?.(at) ?? "", /token is lost/);
    assert.equal(await daring.directory.enforce?.(at, never), "sent");
    assert.deepEqual((await daring.directory.read(OPS, never))?.facts.enabled, known(true));
    assert.deepEqual(await daring.directory.confirm?.(at, never), { ok: true });
    const later = await daring.again().read(OPS, never);
    assert.match(why(later?.facts.enabled), /secret lacks totpSeed/);
  });

  test("is warned about before MFA is turned on, and not after", async (context) => {
    const { vmware, directory, subject } = await start(context);
    assert.match(directory.caution?.(await subject()) ?? "", /passcode; whatever else uses this token must send one/);
    vmware.change(OPS, { turnedOn: true });
    assert.equal(directory.caution?.(await subject()), undefined);
  });

  test("that no passcode helps puts the switch back, and says so", async (context) => {
    const { vmware, directory, subject, time } = await start(context);
    const found = await subject();
    assert.equal(await directory.enforce?.(found, never), "sent");
    vmware.setFault({ kind: "refuse-passcode" });
    time.ahead = toStepEnd();
    const confirmed = await directory.confirm?.(found, never);
    assert.ok(confirmed && !confirmed.ok);
    assert.match(confirmed.why, /switched off again; ERR_VENDOR_AUTH/);
    assert.equal(vmware.principal(OPS).turnedOn, false);
    assert.deepEqual((await directory.read(OPS, never))?.facts.enabled, known(false));
  });

  test("that is not ours is not put back, though its token cannot be exchanged", async (context) => {
    const { vmware, directory, subject, time } = await start(context);
    const found = await subject();
    vmware.change(OPS, { turnedOn: true });
    assert.equal(await directory.enforce?.(found, never), "sent");
    vmware.setFault({ kind: "refuse-passcode" });
    time.ahead = toStepEnd();
    const confirmed = await directory.confirm?.(found, never);
    assert.ok(confirmed && !confirmed.ok && /not switched on from here/.test(confirmed.why));
    assert.deepEqual([vmware.principal(OPS).turnedOn, vmware.counts()["PATCH switch"] ?? 0], [true, 0]);
  });

  test("says when the switch could not be put back", async (context) => {
    const { vmware, directory, subject, time } = await start(context);
    const found = await subject();
    assert.equal(await directory.enforce?.(found, never), "sent");
    time.ahead = toStepEnd();
    vmware.setFault({ kind: "refuse-passcode" });
    vmware.setFault({ kind: "no-effect" });
    const confirmed = await directory.confirm?.(found, never);
    assert.ok(confirmed && !confirmed.ok);
    assert.match(confirmed.why, /which the read-back does not show; ERR_VENDOR_AUTH/);
    vmware.setFault({ kind: "error", status: 409, on: "switch" });
    time.ahead += toStepEnd() - time.ahead + 30_000;
    const failed = await directory.confirm?.(found, never);
    assert.ok(failed && !failed.ok && /which failed \(ERR_VENDOR_REJECTED\)/.test(failed.why));
  });

  const passing: [title: string, fault: Fault, code: string][] = [
    ["a sign-in page", { kind: "html" }, "ERR_VENDOR_FORMAT"],
    ["503", { kind: "error", status: 503 }, "ERR_VENDOR_UNAVAILABLE"],
    ["429", { kind: "limited", retryAfter: 60 }, "ERR_VENDOR_THROTTLED"],
    ["a broken connection", { kind: "reset" }, "ERR_VENDOR_UNREACHABLE"],
    ["a refusal by something that is not VMware", { kind: "error", status: 403, bare: true }, "ERR_VENDOR_AUTH"],
  ];
  for (const [title, fault, code] of passing) {
    test(`that ${title} keeps from being exchanged is no reason to turn MFA off again`, async (context) => {
      const { vmware, directory, subject, time, count } = await start(context);
      const found = await subject();
      assert.equal(await directory.enforce?.(found, never), "sent");
      const before = count("POST token");
      vmware.setFault({ ...fault, on: "token" });
      time.ahead = toStepEnd();
      await assert.rejects(async () => directory.confirm?.(found, never), { code });
      assert.ok(count("POST token") >= before + 2, "it was asked only once");
      assert.deepEqual([vmware.principal(OPS).turnedOn, count("PATCH switch")], [true, 1]);
    });

    test(`that ${title} kept from being exchanged once is exchanged with the next passcode`, async (context) => {
      const { vmware, directory, subject, time } = await start(context);
      const found = await subject();
      assert.equal(await directory.enforce?.(found, never), "sent");
      vmware.setFault({ ...fault, on: "token", times: 1 });
      time.ahead = toStepEnd();
      assert.deepEqual(await directory.confirm?.(found, never), { ok: true });
    });
  }

  test("that could not be exchanged before time was up is no reason to turn MFA off again", async (context) => {
    const { vmware, directory, subject, count } = await start(context);
    const found = await subject();
    assert.equal(await directory.enforce?.(found, never), "sent");
    vmware.setFault({ kind: "drip", on: "token" });
    const soon = AbortSignal.timeout(300);
    await assert.rejects(async () => directory.confirm?.(found, soon), { code: "ERR_ABORTED" });
    assert.deepEqual([vmware.principal(OPS).turnedOn, count("PATCH switch")], [true, 1]);
  });

  test("is exchanged once for calls at the same time, and again before it ends", async (context) => {
    const { directory, time, count } = await start(context, { tokenLifetime: 600 });
    await Promise.all([directory.read(OPS, never), directory.page(undefined, never)]);
    await directory.read(OPS, never);
    assert.equal(count("POST token"), 1);
    time.ahead = 541_000;
    await directory.read(OPS, never);
    assert.equal(count("POST token"), 2);
  });

  test("is exchanged with the passcode at once when it is known that one is asked for", async (context) => {
    const { directory, time, count, vmware } = await start(context, {
      principals: [{ username: OPS, turnedOn: true }],
    });
    await directory.read(OPS, never);
    time.ahead = 1_800_000;
    assert.deepEqual((await directory.read(OPS, never))?.facts.enabled, known(true));
    assert.deepEqual([count("POST token"), vmware.calls.filter(({ status }) => status === 400).length], [3, 1]);
  });

  test("takes the next passcode when another process has used this one", async (context) => {
    const { directory, again, time, vmware } = await start(context, {
      principals: [{ username: OPS, turnedOn: true }],
    });
    time.ahead = toStepEnd();
    await directory.read(OPS, never);
    assert.deepEqual((await again().read(OPS, never))?.facts.enabled, known(true));
    assert.ok(vmware.calls.filter(({ route }) => route === "token").length <= 5);
  });

  test("of which no passcode is right is tried with two, and no more", async (context) => {
    const { vmware, directory, time, count } = await start(context, {
      principals: [{ username: OPS, turnedOn: true }],
    });
    vmware.setFault({ kind: "refuse-passcode" });
    time.ahead = toStepEnd();
    const read = await directory.read(OPS, never);
    assert.match(why(read?.facts.enabled), /ERR_VENDOR_AUTH: .*nor with a passcode/);
    assert.equal(count("POST token"), 3);
  });

  for (const [title, secret] of [
    ["with a seed", undefined],
    ["without one", bare],
  ] as const)
    test(`that is answered 401 once is tried once more (${title})`, async (context) => {
      const { vmware, directory, count } = await start(context, secret ? { secret } : {});
      vmware.setFault({ kind: "error", status: 401, on: "token", times: 1 });
      assert.deepEqual((await directory.read(OPS, never))?.facts.enabled, known(false));
      assert.equal(count("POST token"), 2);
    });

  test("that is answered 401 once with a fresh passcode is tried with the next one", async (context) => {
    const { vmware, directory, subject, time } = await start(context);
    const found = await subject();
    assert.equal(await directory.enforce?.(found, never), "sent");
    vmware.setFault({ kind: "error", status: 401, on: "token", times: 1 });
    time.ahead = toStepEnd();
    assert.deepEqual(await directory.confirm?.(found, never), { ok: true });
  });

  test("and its passcode stop waiting with their caller", { timeout: 10_000 }, async (context) => {
    const { vmware, directory, time } = await start(context, { principals: [{ username: OPS, turnedOn: true }] });
    vmware.setFault({ kind: "refuse-passcode" });
    time.ahead = -(Date.now() % 30_000);
    const caller = new AbortController();
    const reading = directory.read(OPS, caller.signal);
    setTimeout(() => caller.abort(), 100);
    await assert.rejects(reading, { code: "ERR_ABORTED" });
  });
});

/** So many ms ahead that the step of a passcode ends in a moment. */
const toStepEnd = () => 30_000 - 300 - (Date.now() % 30_000);

describe("the organisation", () => {
  test("is listed behind the principals, who come once, and everybody else is unknown", async (context) => {
    const principals = [{ username: OPS }, { username: CI, member: false }];
    const { vmware, directory } = await start(context, { principals, users: 20, pageSize: 6, listed: true });
    const { pages, subjects } = await all(directory);
    assert.equal(vmware.members().length, 21);
    assert.equal(subjects.length, 22);
    assert.equal(new Set(subjects.map(({ id }) => id)).size, 22);
    assert.deepEqual(
      subjects.slice(0, 2).map(({ id }) => id),
      [OPS, CI],
    );
    assert.equal(pages.at(-1)?.claimed, 22);
    assert.ok(pages.every(({ date }) => date !== undefined));
    for (const { facts, credentialHeld: custodial, id, username } of subjects.slice(2)) {
      const nobody = { known: false, why: "VMware lets nobody read another user's MFA state" };
      assert.deepEqual([facts.enabled, facts.devices, facts.active], [nobody, nobody, known(true)]);
      assert.equal(custodial, undefined);
      assert.equal(vmware.members().find(({ userId }) => userId === id)?.username, username);
    }
  });

  test("is not listed unless the policy names it: the principals are all there is", async (context) => {
    const { directory, count } = await start(context, { principals: BOTH });
    const { subjects, next, claimed } = await directory.page(undefined, never);
    assert.deepEqual([subjects.length, next, claimed], [2, undefined, 2]);
    assert.equal(await directory.read("vmware.com:1", never), undefined);
    assert.equal(count("GET users"), 0);
  });

  test("is listed with the reader's token, or else with a principal's", async (context) => {
    const withReader = await start(context, { listed: true });
    await all(withReader.directory);
    assert.equal(withReader.vmware.calls.find(({ route }) => route === "users")?.user, "reader");
    const without = await start(context, {
      listed: true,
      policy: ["nobody@example.com", OPS],
      secret: ({ principals }) => ({ principals }),
    });
    await all(without.directory);
    assert.equal(without.vmware.calls.find(({ route }) => route === "users")?.user, OPS);
    const nobody = await start(context, { listed: true, secret: () => ({ principals: {} }) });
    await assert.rejects(all(nobody.directory), { code: "ERR_SECRET_INVALID" });
  });

  test("counts right whatever the pages hold, and shows when it is short", async (context) => {
    const { vmware, directory } = await start(context, { users: 20, listed: true });
    vmware.setFault({ kind: "short-page", on: "users", size: 3 });
    const whole = await all(directory);
    assert.deepEqual([whole.subjects.length, whole.pages.at(-1)?.claimed, whole.pages.length], [21, 21, 8]);
    vmware.setFault({ kind: "lost-page", on: "users", nth: 4 });
    const short = await all(directory);
    assert.ok(short.subjects.length < (short.pages.at(-1)?.claimed ?? 0));
    vmware.clearFaults();
    vmware.setFault({ kind: "miscount", on: "users", by: 5 });
    const more = await all(directory);
    assert.equal(more.pages.at(-1)?.claimed, more.subjects.length + 5);
  });

  const elsewhere = [
    "https://evil.example",
    "//evil.example",
    "/csp/gateway/other?x=",
    "https://console.cloud.vmware.com",
  ];
  for (const to of elsewhere) {
    test(`that links to ${to} for its next page is not followed there`, async (context) => {
      const { vmware, directory } = await start(context, { users: 10, pageSize: 3, listed: true });
      vmware.setFault({ kind: "foreign-next", on: "users", to });
      const first = await directory.page(undefined, never);
      const { next } = await directory.page(first.next, never);
      await assert.rejects(directory.page(next, never), { code: "ERR_VENDOR_ORIGIN" });
      await assert.rejects(directory.page("not a cursor", never), { code: "ERR_VENDOR_ORIGIN" });
      assert.ok(vmware.calls.every(({ route }) => route !== "unknown"));
    });
  }

  test("that links to the same page for ever repeats its cursor, and a search of it ends", async (context) => {
    const { vmware, directory } = await start(context, { users: 10, pageSize: 4, listed: true });
    vmware.setFault({ kind: "same-next", on: "users" });
    const cursors: (string | undefined)[] = [];
    for (let cursor: string | undefined; cursors.length < 4; ) {
      cursor = (await directory.page(cursor, never)).next;
      cursors.push(cursor);
    }
    assert.equal(cursors[3], cursors[2]);
    await assert.rejects(directory.find?.("nobody", never) ?? assert.fail(), { code: "ERR_READ_LOOP" });
  });

  for (const field of ["results", "totalResults"]) {
    test(`without ${field} is refused whole`, async (context) => {
      const { vmware, directory } = await start(context, { listed: true });
      vmware.setFault({ kind: "drop", on: "users", field });
      await assert.rejects(all(directory), { code: "ERR_VENDOR_FORMAT" });
    });
  }

  test("is searched for one user, principal or not", async (context) => {
    const { vmware, directory } = await start(context, { users: 60, pageSize: 20, listed: true });
    const others = vmware.members().filter(({ username }) => username !== OPS);
    for (const { userId, username } of [others[0], others[30], others[59]].flatMap((one) => one ?? [])) {
      assert.equal((await directory.read(userId, never))?.username, username);
      assert.equal(await directory.find?.(username, never), userId);
    }
    const own = vmware.members().find(({ username }) => username === OPS);
    assert.equal(await directory.read(own?.userId ?? "", never), undefined);
    vmware.leave(others[0]?.userId ?? "");
    assert.equal(await directory.read(others[0]?.userId ?? "", never), undefined);
  });
});

describe("the principal's own log", () => {
  test("is read to its end, newest first, within the times asked for", async (context) => {
    const { vmware, directory, time } = await start(context, {
      principals: [{ username: OPS, deviceName: "Duty phone" }],
      pageSize: 4,
    });
    const from = new Date(Date.now() + 3_600_000);
    const found = await directory.read(OPS, never);
    assert.ok(found);
    for (let n = 0; n < 11; n += 1) {
      time.ahead = n * 3_600_000;
      vmware.change(OPS, { turnedOn: false });
      await directory.enforce?.(found, never);
    }
    const to = new Date(Date.now() + 9.5 * 3_600_000);
    const events = (await directory.log?.(OPS, from, to, never)) ?? [];
    assert.equal(events.filter(({ action }) => action === "MFA_ENABLE").length, 9);
    assert.deepEqual(
      events.map(({ at }) => at),
      events
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    );
    assert.deepEqual([events[0]?.by, events[0]?.detail], [OPS, "Duty phone"]);
  });

  test("is nobody else's to read", async (context) => {
    const { directory } = await start(context);
    const asked = directory.log?.("vmware.com:1", new Date(0), new Date(1), never);
    await assert.rejects(asked ?? assert.fail(), { code: "ERR_VENDOR_DENIED" });
  });
});

describe("doctor", () => {
  test("says for each principal what works, warns of what switching on breaks, and changes nothing", async (context) => {
    const { directory, count } = await start(context, {
      principals: [
        { username: OPS, turnedOn: true },
        { username: CI, activated: false },
      ],
      policy: [OPS, { username: CI, allowTokenLoss: true }],
      secret: (all) => ({ ...all, principals: { ...all.principals, ...bareOf(all, CI) } }),
      listed: true,
    });
    const checks = await directory.check(never);
    assert.match(detailOf(checks, `principal ${OPS}`, "passed"), /a device is registered, and MFA is on/);
    assert.match(detailOf(checks, `principal ${CI}`, "passed"), /no device is registered, and MFA is off/);
    detailOf(checks, `passcode ${OPS}`, "passed");
    assert.match(detailOf(checks, `passcode ${CI}`, "cannot be tested"), /API token is lost/);
    assert.match(detailOf(checks, "organization users", "passed"), /6 users/);
    detailOf(checks, "clock", "passed");
    detailOf(checks, "switch MFA on", "cannot be tested");
    assert.equal(count("PATCH switch"), 0);
  });

  const requirements: [
    title: string,
    setting: Setting,
    fault: Fault | undefined,
    said: [DoctorCheck["result"], RegExp],
  ][] = [
    [
      "both",
      { requires: { isMfaRequired: true, enforceUserApiTokenMfa: true } },
      undefined,
      ["passed", /requires MFA of its users.*API tokens are exchanged only with a passcode/],
    ],
    ["neither", {}, undefined, ["cannot be tested", /does not require MFA.*an owner can.*without a passcode/]],
    [
      "MFA alone",
      { requires: { isMfaRequired: true, enforceUserApiTokenMfa: false } },
      undefined,
      ["passed", /requires MFA of its users.*without a passcode/],
    ],
    [
      "what nobody says",
      { requires: { isMfaRequired: true, enforceUserApiTokenMfa: true } },
      { kind: "drop", on: "organization", field: "isMfaRequired" },
      ["cannot be tested", /does not say whether the organisation requires MFA/],
    ],
    ["what cannot be read", {}, { kind: "error", status: 403, on: "organization" }, ["failed", /ERR_VENDOR_DENIED/]],
  ];
  for (const [title, setting, fault, [result, detail]] of requirements) {
    test(`tells what the organisation requires (${title}), which proves nothing of anybody`, async (context) => {
      const { vmware, directory } = await start(context, { listed: true, ...setting });
      if (fault) vmware.setFault(fault);
      assert.match(detailOf(await directory.check(never), "organization requirement", result), detail);
      const { subjects } = await all(directory);
      assert.ok(subjects.slice(1).every(({ facts }) => !facts.enabled.known));
    });
  }

  const facts: [title: string, setting: Setting, fault: Fault | undefined, values: (boolean | null)[], said: RegExp][] =
    [
      ["neither", {}, undefined, [false, false], /does not require MFA of its users\..*requires no passcode/],
      [
        "both",
        { requires: { isMfaRequired: true, enforceUserApiTokenMfa: true } },
        undefined,
        [true, true],
        /The organisation requires MFA of its users\..*requires a passcode for each exchange/,
      ],
      [
        "what nobody says",
        { requires: { isMfaRequired: true, enforceUserApiTokenMfa: true } },
        { kind: "drop", on: "organization", field: "isMfaRequired" },
        [null, true],
        /Whether the organisation requires MFA of its users is not known: /,
      ],
      [
        "what cannot be read",
        {},
        { kind: "error", status: 403, on: "organization" },
        [null, null],
        /ERR_VENDOR_DENIED/,
      ],
    ];
  for (const [title, setting, fault, values, said] of facts)
    test(`states the organisation's requirement as facts of the directory (${title})`, async (context) => {
      const { vmware, directory } = await start(context, { listed: true, ...setting });
      if (fault) vmware.setFault(fault);
      const stated = (await directory.facts?.(never)) ?? assert.fail("it states none");
      assert.deepEqual(
        stated.map(({ name, value }) => [name, value]),
        [
          ["isMfaRequired", values[0]],
          ["enforceUserApiTokenMfa", values[1]],
        ],
      );
      assert.match(stated.map(({ meaning }) => meaning).join(" "), said);
    });

  test("states nothing of an organisation that the policy does not name", async (context) => {
    const { directory } = await start(context);
    assert.deepEqual(await directory.facts?.(never), []);
  });

  test("says that an account without a seed is never changed", async (context) => {
    const { directory } = await start(context, { secret: bare });
    assert.match(
      detailOf(await directory.check(never), `passcode ${OPS}`, "failed"),
      /add the seed, or allowTokenLoss/,
    );
  });

  test("repeats the vendor's sentence, which no error of anything else holds", async (context) => {
    const { vmware, directory } = await start(context, { secret: bare });
    vmware.change(OPS, { gone: true });
    assert.match(
      detailOf(await directory.check(never), `principal ${OPS}`, "failed"),
      /ERR_VENDOR_AUTH: .* VMware says: The API token is invalid or has expired\./,
    );
    assert.doesNotMatch(why((await directory.read(OPS, never))?.facts.enabled), /invalid or has expired/);
  });

  test("does not repeat a sentence that holds something of the secret", async (context) => {
    const { vmware, directory } = await start(context);
    const { apiToken } = vmware.principal(OPS);
    vmware.setFault({ kind: "error", status: 403, on: "status", message: `The owner of ${apiToken}\u001b[31m is bad` });
    assert.doesNotMatch(JSON.stringify(await directory.check(never)), /says/);
    vmware.clearFaults();
    vmware.setFault({ kind: "error", status: 403, on: "status", message: `Bad\u001b[31m\n${"x".repeat(500)}` });
    assert.match(
      detailOf(await directory.check(never), `principal ${OPS}`, "failed"),
      /VMware says: Bad \[31m x{100,200}$/,
    );
  });

  test("finds a clock that makes passcodes useless", async (context) => {
    const { vmware, directory } = await start(context);
    vmware.setFault({ kind: "skew", seconds: 90 });
    assert.match(detailOf(await directory.check(never), "clock", "failed"), /(89|90|91) s apart/);
  });
});

const bareOf = (credentials: VmwareCredentials, name: string) => ({ [name]: bare(credentials).principals[name] });

function detailOf(checks: readonly DoctorCheck[], name: string, result: DoctorCheck["result"]): string {
  const found = checks.find((check) => check.name === name);
  assert.equal(found?.result, result, JSON.stringify(checks));
  return found?.detail ?? "";
}

describe("an error", () => {
  test("keeps the vendor's codes and id, and neither its message nor anything of the secret", async (context) => {
    const { vmware, directory, subject } = await start(context);
    const found = await subject();
    vmware.setFault({ kind: "error", status: 400, on: "switch" });
    await assert.rejects(
      async () => directory.enforce?.(found, never),
      (error) => {
        assert.ok(error instanceof WardenError);
        const { requestId, ...detail } = error.detail;
        assert.match(requestId ?? "", /^[0-9a-f-]{36}$/);
        const codes = {
          cspErrorCode: "csp.request.invalid",
          errorCode: "request.invalid",
          moduleCode: 540,
          statusCode: 400,
        };
        assert.deepEqual(detail, {
          ...{ method: "PATCH", path: "/csp/gateway/iam/vmwid/api/principal/mfa", status: 400 },
          ...{ vendorCode: "csp.request.invalid", said: codes },
        });
        assert.doesNotMatch(error.message, /not valid/);
        return true;
      },
    );
  });

  test("shows nothing of the secret, whatever went wrong and whoever was asked", async (context) => {
    const faults: Fault[] = [
      { kind: "error", status: 400 },
      { kind: "error", status: 401 },
      { kind: "error", status: 403 },
      { kind: "error", status: 404 },
      { kind: "html" },
      { kind: "truncate" },
      { kind: "wrong-user" },
      { kind: "drop", field: "results" },
    ];
    const { vmware, directory, subject } = await start(context, { listed: true });
    const { apiToken, password, totpSeed } = vmware.principal(OPS);
    const secrets = [apiToken, password, totpSeed, vmware.credentials.reader.apiToken];
    const found = await subject();
    for (const fault of faults) {
      vmware.clearFaults();
      for (const on of ["status", "switch", "audit", "users"]) {
        const told = { code: password, message: `You sent ${password} and ${apiToken}` };
        vmware.setFault({ ...fault, ...(fault.kind === "error" ? told : {}), on });
      }
      const ends = await Promise.allSettled([
        all(directory),
        directory.read(OPS, never),
        directory.enforce?.(found, never),
        directory.log?.(OPS, new Date(0), new Date(), never),
        directory.check(never),
      ]);
      const shown = ends.map((end) =>
        end.status === "fulfilled" ? JSON.stringify(end.value) : `${JSON.stringify(end.reason)} ${end.reason.stack}`,
      );
      assert.deepEqual(
        secrets.filter((secret) => shown.join().includes(secret)),
        [],
      );
    }
  });

  test("without a single field of CspErrorResponse is an error all the same", async (context) => {
    const { vmware, directory, subject } = await start(context);
    const found = await subject();
    vmware.setFault({ kind: "error", status: 400, bare: true, on: "switch" });
    const detail = { method: "PATCH", path: "/csp/gateway/iam/vmwid/api/principal/mfa", status: 400 };
    await assert.rejects(async () => directory.enforce?.(found, never), { code: "ERR_VENDOR_REJECTED", detail });
  });
});

describe("settings and secret", () => {
  const needs = { id: "cloud", secretVersion: "1", fetch, clock: Date.now };
  const good = { principals: [OPS] };
  const entry = { apiToken: "canary-token", password: "canary-password" };

  const settings: [string, unknown][] = [
    ["no principal", { principals: [] }],
    ["no list of principals", {}],
    ["the same principal twice", { principals: [OPS, { username: OPS.toUpperCase() }] }],
    ["a principal with a space", { principals: ["o ps"] }],
    ["a principal with an unknown key", { principals: [{ username: OPS, password: "x" }] }],
    ["an organisation that is no UUID", { ...good, organization: "mine" }],
    ["plain http to elsewhere", { ...good, endpoints: { api: "http://vmware.example" } }],
    ["an unknown key", { ...good, region: "com" }],
  ];
  for (const [what, value] of settings) {
    test(`${what} is an error of the policy`, () => {
      assert.throws(() => openDirectory("vmware-csp", { ...needs, settings: value, secret: { principals: {} } }), {
        code: "ERR_POLICY_INVALID",
      });
    });
  }

  const secrets: [string, unknown, RegExp][] = [
    ["no API token", { password: entry.password }, /principals\.ops@example\.com\.apiToken/],
    ["no password", { apiToken: entry.apiToken }, /principals\.ops@example\.com\.password/],
    ["a seed that is not base32", { ...entry, totpSeed: "canary-0189" }, /principals\.ops@example\.com\.totpSeed/],
    ["an unknown field", { ...entry, "canary-field": "x" }, /principals\.ops@example\.com\./],
    ["a text", "canary", /principals\.ops@example\.com\./],
  ];
  for (const [what, value, message] of secrets) {
    test(`a principal's secret with ${what} is named, and its value is not`, () => {
      assert.throws(
        () =>
          openDirectory("vmware-csp", {
            ...needs,
            settings: good,
            secret: { principals: { "OPS@example.com": value } },
          }),
        (error) =>
          error instanceof WardenError &&
          error.code === "ERR_SECRET_INVALID" &&
          message.test(error.message) &&
          !error.message.includes("canary"),
      );
    });
  }

  test("a seed may stand in groups and in lower case", async (context) => {
    const { directory } = await start(context, {
      principals: [{ username: OPS, turnedOn: true }],
      secret: ({ principals }) => ({
        principals: Object.fromEntries(
          Object.entries(principals).map(([name, { totpSeed, ...rest }]) => [
            name,
            { ...rest, totpSeed: totpSeed.toLowerCase().replace(/.{4}(?=.)/g, "$& ") },
          ]),
        ),
      }),
    });
    assert.deepEqual((await directory.read(OPS, never))?.facts.enabled, known(true));
  });

  test("no credential goes to a host that is neither the vendor's nor the secret's", async () => {
    const secret = { principals: { [OPS]: entry } };
    const asked: string[] = [];
    const noting: typeof fetch = async (address) => {
      asked.push(new URL(String(address)).origin);
      return Response.json({}, { status: 400 });
    };
    for (const api of ["https://console.tanzu.broadcom.com/", "https://proxy.example"]) {
      const directory = openDirectory("vmware-csp", {
        ...{ ...needs, fetch: noting, settings: { ...good, endpoints: { api } } },
        secret: api.includes("proxy") ? { ...secret, origins: [api] } : secret,
      });
      await directory.read(OPS, never);
    }
    const foreign = openDirectory("vmware-csp", {
      ...{ ...needs, fetch: noting, settings: { ...good, endpoints: { api: "https://evil.example" } }, secret },
    });
    await assert.rejects(foreign.page(undefined, never), { code: "ERR_VENDOR_ORIGIN" });
    await openDirectory("vmware-csp", { ...needs, fetch: noting, settings: good, secret }).read(OPS, never);
    assert.deepEqual(asked, [
      "https://console.tanzu.broadcom.com",
      "https://proxy.example",
      "https://console.cloud.vmware.com",
    ]);
  });

  test("tells which accounts use the secret, and its version", async (context) => {
    const { directory } = await start(context, { principals: BOTH });
    assert.deepEqual(directory.secretUsers?.(), [OPS, CI]);
    assert.equal(directory.secretVersion, "7");
  });
});
