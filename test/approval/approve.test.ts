/** A plan over a limit waits; approved by the right person it is applied, exactly; in every other case nothing changes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkApprover } from "../../lib/approval/approver.ts";
import { type ApprovalPorts, approvePlans, hashRun, rejectPlans, reopenPlans } from "../../lib/approval/index.ts";
import type { DirectoryRecord, PlanRecord } from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { runHere } from "../shared-engine.ts";
import { changeCalls, codesOf, inKnownWorld, WORKFORCE } from "../sweep/known-world.ts";
import { compile, type World } from "../world.ts";

const HOUR_MS = 3_600_000;
const JANE = { by: "jane@laptop", how: "test" };
const OMAR = { by: "omar@laptop", how: "test" };

const policyWith = (approval: string, more = "") => `
rules:
  - name: everyone
    match: all
    require: enabled
limits:
  changesPerRun: { count: 2, percent: 100 }
  changesPerDay: 1000
${approval}
${more}`;
const APPROVAL = "approval: { approvers: [jane, omar] }";
const POLICY = policyWith(APPROVAL);
const OFF = [1, 3, 5, 7, 9];

/** A run over its limit, and the plan that it left. */
async function leavePlan(world: World, yaml = POLICY): Promise<PlanRecord> {
  const { run, status } = await world.sweep("enforce", yaml);
  assert.equal(status, "awaiting-approval");
  return planOf(world, run);
}

async function planOf({ ledger }: World, run: string): Promise<PlanRecord> {
  const [plan] = await ledger.readPlans(run);
  assert.ok(plan, `run ${run} left no plan`);
  return plan;
}

const approvalPorts = (world: World, yaml = POLICY): ApprovalPorts => world.ports(yaml);

const approve = (world: World, plan: PlanRecord, { yaml = POLICY, origin = JANE, hash = plan.hash } = {}) =>
  approvePlans(approvalPorts(world, yaml), { run: plan.run, hash, origin });

/** What the command line does once a plan is approved. */
async function apply(
  world: World,
  plan: PlanRecord,
  yaml = POLICY,
): Promise<RunReport & { readonly only: DirectoryRecord }> {
  const order = { run: plan.run, plans: { [WORKFORCE]: plan.hash } };
  const report = await runHere(world.ports(yaml), {
    mode: "enforce",
    origin: JANE,
    directories: [WORKFORCE],
    applies: order,
  });
  const [only] = report.directories;
  assert.ok(only);
  return { ...report, only };
}

describe("a plan over a limit", () => {
  test("waits, is approved by its hash, and exactly its changes are made by a run of its own", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        assert.deepEqual(
          [plan.status, plan.changes, plan.read, plan.directory],
          ["waiting", OFF.length, 20, WORKFORCE],
        );
        assert.equal(changeCalls(world).length, 0);
        // Somebody who was not in the plan violates by now.
        world.vendor.change(world.vendor.account(11).id, { mfaEnabled: false });
        await approve(world, plan);
        const { run, status, only } = await apply(world, plan);
        assert.equal(status, "completed", JSON.stringify(only.problems));
        assert.deepEqual([only.changes.planned, only.changes.enforced], [OFF.length, OFF.length]);
        assert.equal(only.after.violating, 1);
        assert.deepEqual(
          changeCalls(world).length,
          OFF.length,
          "the newcomer is in no approved plan, and is left for the next one",
        );
        const ended = await planOf(world, plan.run);
        assert.deepEqual([ended.status, ended.appliedBy, ended.decision?.by], ["applied", run, JANE.by]);
        const known = await world.ledger.readRun(run);
        assert.equal(known?.run.applies, plan.run);
        const next = await world.sweep("plan", POLICY);
        assert.equal((await planOf(world, next.run)).changes, 1);
      },
      { off: OFF },
    ));

  test("is approved for all directories by the hash of the run", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        const approved = await approve(world, plan, { hash: hashRun([plan]) ?? "" });
        assert.deepEqual(approved, { run: plan.run, plans: { [WORKFORCE]: plan.hash } });
      },
      { off: OFF },
    ));

  test("whose accounts have moved: each of them is refused, the others are changed", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        const [on, renamed, disabled] = [1, 3, 5].map((index) => world.vendor.account(index).id);
        assert.ok(on && renamed && disabled);
        world.vendor.change(on, { mfaEnabled: true });
        world.vendor.change(renamed, { username: "somebody.else@example.com" });
        world.vendor.change(disabled, { enabled: false });
        await approve(world, plan);
        const { only, run } = await apply(world, plan);
        const { planned, already, refused, enforced } = only.changes;
        assert.deepEqual({ planned, already, refused, enforced }, { planned: 5, already: 1, refused: 2, enforced: 2 });
        const changes = (await Array.fromAsync(world.ledger.listChanges(run, WORKFORCE))).flat();
        const why = Object.fromEntries(changes.map((change) => [change.id, change.why]));
        assert.match(why[disabled] ?? "", /out-of-scope now/);
        assert.match(why[renamed] ?? "", /user name changed/);
      },
      { off: OFF },
    ));

  test("of a population that moved by more than 1 % is stale as a whole", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        for (const index of [12, 14]) world.vendor.leave(world.vendor.account(index).id);
        await approve(world, plan);
        const { status, only } = await apply(world, plan);
        assert.equal(status, "refused");
        assert.deepEqual(codesOf(only), ["ERR_PLAN_STALE"]);
        assert.equal(changeCalls(world).length, 0);
        assert.equal((await planOf(world, plan.run)).status, "stale");
        await assert.rejects(approve(world, plan), { code: "ERR_APPROVAL_STATE" });
      },
      { off: OFF },
    ));

  test("is superseded by a newer one, and expires", () =>
    inKnownWorld(
      async (world) => {
        const first = await leavePlan(world);
        const second = await leavePlan(world);
        assert.equal((await planOf(world, first.run)).status, "superseded");
        await assert.rejects(approve(world, first), { code: "ERR_APPROVAL_STATE", message: /superseded/ });
        world.time.ahead = 25 * HOUR_MS;
        await assert.rejects(approve(world, second), { code: "ERR_APPROVAL_STATE", message: /expired/ });
        assert.equal((await planOf(world, second.run)).status, "expired");
        assert.equal(changeCalls(world).length, 0);
      },
      { off: OFF },
    ));

  test("waits as long as the policy says", () =>
    inKnownWorld(
      async (world) => {
        const yaml = policyWith("approval: { approvers: [jane], wait: 48h }");
        const plan = await leavePlan(world, yaml);
        world.time.ahead = 47 * HOUR_MS;
        await approve(world, plan, { yaml });
      },
      { off: OFF },
    ));

  test("is rejected with a reason, once and for all", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        await rejectPlans(approvalPorts(world), { run: plan.run, origin: OMAR, note: "not before the audit" });
        const rejected = await planOf(world, plan.run);
        assert.deepEqual(
          [rejected.status, rejected.decision?.by, rejected.why],
          ["rejected", OMAR.by, "not before the audit"],
        );
        await assert.rejects(approve(world, plan), { code: "ERR_APPROVAL_STATE", message: /not before the audit/ });
      },
      { off: OFF },
    ));

  test("what a halt, a limit of the day or a death left keeps waiting, and an approval that found nobody home is given back", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        await approve(world, plan);
        world.vendor.setFault({ kind: "miscount-populations", by: 1 });
        const { status } = await apply(world, plan);
        assert.equal(status, "incomplete");
        const again = await planOf(world, plan.run);
        assert.equal(again.status, "waiting");
        assert.match(again.why ?? "", /ERR_READ_SHORT/);
        world.vendor.clearFaults();
        await approve(world, plan);
        assert.equal((await apply(world, plan)).only.changes.enforced, OFF.length);
      },
      { off: OFF },
    ));

  test("that was taken over and could not be applied waits again, and the next approval applies it", () =>
    inKnownWorld(
      async (world) => {
        const exempt = world.vendor.account(11).id;
        const yaml = policyWith(
          APPROVAL,
          `exemptions: [{ account: { id: workforce/${exempt} }, reason: r, ticket: t, approvedBy: ciso@example.com, control: c, owner: o@example.com, from: 2026-11-01, until: 2027-01-15 }]`,
        );
        const plan = await leavePlan(world, yaml);
        await approve(world, plan, { yaml });
        // Whether the protection of this account still binds cannot be seen, and so nothing is changed.
        world.vendor.setFault({ kind: "error", status: 403, on: "user", user: exempt });
        const stopped = await apply(world, plan, yaml);
        assert.ok(codesOf(stopped.only).includes("ERR_RULE_UNPROTECTED"), JSON.stringify(stopped.only.problems));
        assert.equal(changeCalls(world).length, 0);
        const again = await planOf(world, plan.run);
        assert.deepEqual([again.status, again.appliedBy], ["waiting", undefined]);
        world.vendor.clearFaults();
        await approve(world, plan, { yaml });
        const { only, run } = await apply(world, plan, yaml);
        assert.equal(only.changes.enforced, OFF.length, JSON.stringify(only.problems));
        const { status, appliedBy, why } = await planOf(world, plan.run);
        assert.deepEqual([status, appliedBy, why], ["applied", run, undefined]);
      },
      { off: OFF },
    ));

  test("whose run has begun is not given back by whoever started it", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        const approved = await approve(world, plan);
        await world.ledger.movePlan(plan, "approved", { status: "approved", appliedBy: "01J00000000000000000000000" });
        await reopenPlans(approvalPorts(world), approved, "its run did not begin");
        assert.equal((await planOf(world, plan.run)).status, "approved");
      },
      { off: OFF },
    ));

  test("of two directories is approved for both or for none", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        const ports = approvalPorts(world);
        const [directory] = ports.policy.directories;
        assert.ok(directory);
        const partners = { ...plan, directory: "partners" };
        // Somebody else decides on the second one at the same moment.
        const ledger: ApprovalPorts["ledger"] = {
          ...world.ledger,
          readPlans: async (run) => [...(await world.ledger.readPlans(run)), partners],
          readHead: async () => ({ plan: { run: plan.run } }),
          movePlan: async (moved, from, to) =>
            moved.directory === "partners" ? undefined : world.ledger.movePlan(moved, from, to),
        };
        const policy = { ...ports.policy, directories: [directory, { ...directory, id: "partners" }] };
        const request = { run: plan.run, hash: hashRun([plan, partners]) ?? "", origin: JANE };
        await assert.rejects(approvePlans({ ...ports, policy, ledger }, request), { code: "ERR_APPROVAL_STATE" });
        assert.equal((await planOf(world, plan.run)).status, "waiting");
      },
      { off: OFF },
    ));

  test("cannot be applied twice, nor by a run that nobody approved", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        const unapproved = await apply(world, plan);
        assert.deepEqual(codesOf(unapproved.only), ["ERR_PLAN_MISMATCH"]);
        await approve(world, plan);
        await apply(world, plan);
        const calls = changeCalls(world).length;
        const twice = await apply(world, plan);
        assert.deepEqual(codesOf(twice.only), ["ERR_PLAN_MISMATCH"]);
        assert.equal(changeCalls(world).length, calls);
      },
      { off: OFF },
    ));

  test("is applied by a run that sweeps nothing else, whatever directories it is told", () =>
    inKnownWorld(
      async (world) => {
        const { run } = await world.sweep("plan", POLICY);
        const plan = await planOf(world, run);
        await approve(world, plan);
        const applies = { run: plan.run, plans: { elsewhere: plan.hash } };
        const order = { mode: "enforce", origin: JANE, directories: [WORKFORCE], applies } as const;
        const report = await runHere(world.ports(POLICY), order);
        assert.deepEqual([report.status, report.directories], ["refused", []]);
        assert.equal((await world.ledger.readRun(report.run))?.run.status, "refused");
        assert.equal(changeCalls(world).length, 0);
      },
      { off: [1] },
    ));

  test("is approved by one of two who decide at once", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        const ends = await Promise.allSettled([approve(world, plan), approve(world, plan, { origin: OMAR })]);
        assert.deepEqual(ends.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      },
      { off: OFF },
    ));
});

describe("an approval is refused, on record, and nothing moves", () => {
  interface BadApproval {
    readonly what: string;
    readonly yaml?: string;
    readonly by?: string;
    readonly hash?: string;
    readonly later?: string;
    readonly code: string;
    readonly message: RegExp;
  }
  const BAD: readonly BadApproval[] = [
    { what: "a wrong hash", hash: "0".repeat(64), code: "ERR_APPROVAL_HASH", message: /another hash/ },
    { what: "somebody unknown", by: "mallory", code: "ERR_APPROVAL_DENIED", message: /mallory is not in/ },
    {
      what: "who started the run",
      by: "tester",
      yaml: policyWith("approval: { approvers: [tester] }"),
      code: "ERR_APPROVAL_DENIED",
      message: /started this run/,
    },
    {
      what: "a policy that names nobody",
      yaml: policyWith(""),
      code: "ERR_APPROVAL_DENIED",
      message: /add approval\.approvers/,
    },
    {
      what: "an ARN that only looks like the user",
      by: "arn:aws:iam::123456789012:user/jane",
      code: "ERR_APPROVAL_DENIED",
      message: /not in/,
    },
    {
      what: "a policy that changed in between",
      later: policyWith(APPROVAL, "timezone: Europe/Berlin"),
      code: "ERR_APPROVAL_STATE",
      message: /policy has changed/,
    },
  ];
  for (const { what, yaml = POLICY, by = JANE.by, hash, later = yaml, code, message } of BAD)
    test(what, () =>
      inKnownWorld(
        async (world) => {
          const plan = await leavePlan(world, yaml);
          const attempt = approve(world, plan, { yaml: later, origin: { by, how: "test" }, hash: hash ?? plan.hash });
          await assert.rejects(attempt, { code, message });
          const after = await planOf(world, plan.run);
          assert.deepEqual(after, plan);
          const [recorded] = await world.ledger.listAttempts(plan.run);
          assert.deepEqual([recorded?.by, recorded?.action], [by, "approve"]);
          assert.ok(recorded?.refused?.startsWith(code));
        },
        { off: OFF },
      ),
    );

  test("one person under another role or by other means is still that person", () => {
    const policy = compile(
      `version: 1\ndirectories: [{ id: workforce, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com }]\n${policyWith('approval: { approvers: ["arn:aws:sts::123456789012:assumed-role/Lead/*", jane] }')}`,
    );
    const by = (name: string) => ({ by: name, how: "test" });
    const jane = by("arn:aws:sts::123456789012:assumed-role/Lead/jane");
    for (const starter of [
      "arn:aws:sts::123456789012:assumed-role/Sweeper/jane",
      "jane@laptop",
      "omar@laptop via AWS credentials",
    ])
      assert.throws(() => checkApprover(policy, jane, by(starter)), { code: "ERR_APPROVAL_DENIED" }, starter);
    for (const starter of [
      "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/nightly",
      "arn:aws:iam::123456789012:user/omar",
    ])
      checkApprover(policy, jane, by(starter));
  });

  test("a run that is not there", () =>
    inKnownWorld(async (world) => {
      const request = { run: "01J00000000000000000000000", hash: "0".repeat(64), origin: JANE };
      await assert.rejects(approvePlans(approvalPorts(world), request), { code: "ERR_APPROVAL_UNKNOWN" });
    }));

  test("while the directory is being swept", () =>
    inKnownWorld(
      async (world) => {
        const plan = await leavePlan(world);
        const held = await world.ledger.acquireLease(WORKFORCE, "01J00000000000000000000000");
        assert.ok("lease" in held);
        await assert.rejects(approve(world, plan), { code: "ERR_APPROVAL_STATE", message: /is sweeping/ });
      },
      { off: OFF },
    ));

  const SESSION = "arn:aws:sts::123456789012:assumed-role/IdentityLead/jane";
  const SCHEDULE = "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/nightly";
  const STARTERS: readonly [what: string, starter: string, by: string, allowed: boolean][] = [
    [
      "a person who started it with AWS credentials may be any caller",
      "omar@laptop via AWS credentials",
      SESSION,
      false,
    ],
    ["a caller may be any person at a command line", SESSION, "omar@laptop", false],
    ["one session name in another spelling", SESSION.replace("jane", "Jane"), SESSION, false],
    ["one user name in another spelling", "Omar@laptop", "omar@desk", false],
    ["two callers", SESSION.replace("/jane", "/omar"), SESSION, true],
    ["a schedule is nobody", SCHEDULE, SESSION, true],
    ["nor is it at a command line", SCHEDULE, "omar@laptop", true],
  ];
  for (const [what, starter, by, allowed] of STARTERS)
    test(`who started a run and who approves: ${what}`, () =>
      inKnownWorld(
        async (world) => {
          const yaml = policyWith(`approval: { approvers: [omar, "${SESSION.replace(/jane$/, "*")}"] }`);
          const origin = { by: starter, how: "test" };
          const { run } = await runHere(world.ports(yaml), { mode: "enforce", origin });
          const attempt = approve(world, await planOf(world, run), { yaml, origin: { by, how: "test" } });
          if (allowed) await attempt;
          else
            await assert.rejects(attempt, { code: "ERR_APPROVAL_DENIED", message: /started this run|tell them apart/ });
        },
        { off: OFF },
      ));

  test("a role's session is anybody of that role, and of no other", () =>
    inKnownWorld(
      async (world) => {
        const role = "arn:aws:sts::123456789012:assumed-role/IdentityLead";
        const yaml = policyWith(`approval: { approvers: ["${role}/*"] }`);
        const origin = { by: SCHEDULE, how: "schedule" };
        const plan = await planOf(world, (await runHere(world.ports(yaml), { mode: "enforce", origin })).run);
        for (const by of [`${role}2/jane`, `${role}/jane/x`, role, "jane"])
          await assert.rejects(approve(world, plan, { yaml, origin: { by, how: "test" } }), {
            code: "ERR_APPROVAL_DENIED",
          });
        await approve(world, plan, { yaml, origin: { by: `${role}/jane`, how: "test" } });
      },
      { off: OFF },
    ));
});
