/** What a person may rely on of a preview: what is not on record is no proof, and a policy that lowers security stands out. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { vendors } from "../../lib/directories/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import { findingsIn, type Preview, type PreviewRequest, previewPolicy } from "../../lib/preview/index.ts";
import { gatherRun } from "../../lib/report/index.ts";
import { compile, directoryYaml, startWorld, type World } from "../world.ts";

const ACCOUNTS = 40;
const OFF = 3;
const ENABLED = "require: enabled";

let world: World;
let run = "";
let calls = 0;
const never = new AbortController().signal;
before(async () => {
  world = await startWorld({ accounts: ACCOUNTS, mfaEnabledShare: 1 });
  const { vendor } = world;
  for (let i = 0; i < ACCOUNTS; i++) vendor.change(vendor.account(i).id, { enabled: true, mfaEnabled: i >= OFF });
  const swept = await world.sweep("plan", rulesOf(rule("everyone", ENABLED)));
  assert.equal(swept.status, "completed");
  run = swept.run;
  calls = vendor.calls.length;
});
after(async () => {
  // None of the previews has asked the vendor for anything.
  assert.equal(world.vendor.calls.length, calls);
  await world.close();
});

const rule = (name: string, more: string, match = "all") => `\n  - { name: "${name}", match: ${match}, ${more} }`;
const rulesOf = (...rules: readonly string[]) => `\nrules:${rules.join("")}\n`;
const policyOf = (rest: string, directories = directoryYaml(world.vendor)): Policy =>
  compile(`version: 1\ndirectories:${directories}${rest}`);

const traitsOf = (vendor: string) => vendors[vendor]?.accounts;
async function preview(policy: Policy, more: Partial<PreviewRequest> = {}): Promise<Preview> {
  const data = await gatherRun({ ...world, clock: Date.now }, run);
  return previewPolicy(data, { policy, traitsOf, listed: 10, ...more }, never);
}

const counted = ({ effects }: Preview) =>
  Object.fromEntries(
    Object.entries(effects)
      .filter(([, { count }]) => count > 0)
      .map(([effect, { count }]) => [effect, count]),
  );
const lowering = ({ changes }: Preview) => changes.filter(({ lowers }) => lowers).map(({ what }) => what);

test("the policy of the run changes nothing", async () => {
  const found = await preview(policyOf(rulesOf(rule("everyone", ENABLED))));
  assert.deepEqual([counted(found), found.changes, findingsIn(found)], [{}, [], []]);
  assert.deepEqual(found.total.before, found.total.after);
  assert.equal(found.policy.before, found.policy.after);
});

test("what the run had no reason to record is unknown, counted, and never compliant", async () => {
  const found = await preview(policyOf(rulesOf(rule("everyone", "require: registered"))));
  assert.deepEqual(findingsIn(found), ["unknown"]);
  assert.deepEqual(counted(found), { unknown: ACCOUNTS - OFF, moreRequired: ACCOUNTS });
  assert.deepEqual(found.unrecorded, {
    count: ACCOUNTS - OFF,
    by: { devices: ACCOUNTS - OFF, bypass: ACCOUNTS - OFF },
  });
  assert.deepEqual([found.total.after.compliant, found.total.after.violating], [0, OFF]);
});

test("a group or a population that no rule of the run named leaves unknown whom a rule binds", async () => {
  for (const [by, lacking] of [
    ["{ groups: [workforce/7e0d1b7c-0f63-4a0a-9d55-3f1f5f0c2a11] }", "groups"],
    ["{ populations: [workforce/4f2c7f0e-55cd-4c7e-8c8a-5a0b1c6d7e8f] }", "population"],
  ] as const) {
    const robots = rule("robots", "require: none, reason: nobody signs in", by);
    const found = await preview(policyOf(rulesOf(robots, rule("everyone", ENABLED))));
    assert.deepEqual(found.unrecorded, { count: ACCOUNTS, by: { [lacking]: ACCOUNTS } });
    assert.equal(found.total.after["out-of-scope"], 0);
  }
});

test("who leaves the scope, becomes exempt or is changed no more is counted, and named up to the limit", async () => {
  const { vendor } = world;
  const [off, on] = [vendor.account(0), vendor.account(OFF)];
  const robots = rule("robots", "require: none, reason: nobody signs in", `{ accounts: [{ id: workforce/${on.id} }] }`);
  const today = new Date().toISOString().slice(0, 10);
  const exemption = `exemptions:
  - account: { id: workforce/${off.id} }
    reason: key on order
    ticket: SEC-1
    approvedBy: ciso@example.com
    control: office only
    owner: iam@example.com
    from: ${today}
    until: ${today}
`;
  const other = policyOf(`${rulesOf(robots, rule("everyone", `${ENABLED}, enforce: never`))}${exemption}`);
  const found = await preview(other, { listed: 2 });
  assert.deepEqual(findingsIn(found), ["lower"]);
  assert.deepEqual(counted(found), { exempt: 1, leftScope: 1, noLongerChanged: OFF });
  assert.deepEqual(
    found.effects.exempt.first.map(({ id, was, now }) => [id, was, now]),
    [[off.id, "violating", "exempt"]],
  );
  assert.equal(found.effects.noLongerChanged.first.length, 2);
  assert.deepEqual(lowering(found), [
    "is new, at place 1: requires nothing",
    "never changes an account any more",
    `is new, from ${today} to ${today}`,
  ]);
  assert.deepEqual(
    found.rules.map(({ rule: name, after: { compliant, violating }, wouldChange }) => [
      name,
      compliant,
      violating,
      wouldChange,
    ]),
    [
      ["robots", 0, 0, { before: 0, after: 0 }],
      ["everyone", ACCOUNTS - OFF - 1, OFF - 1, { before: OFF, after: 0 }],
    ],
  );
});

test("a rule that is loosened, postponed or taken away lowers security, though nobody is judged otherwise", async () => {
  const loosened: [string[], string[]][] = [
    [[rule("everyone", `${ENABLED}, grace: 1h`)], ["gives 1h of grace in place of none"]],
    [[rule("everyone", `${ENABLED}, from: 2020-01-01`)], ["binds from 2020-01-01 in place of always"]],
    [[rule("everyone", `${ENABLED}, enrolWithin: 15d`)], ["gives 15d to enrol in place of 14d"]],
    [[rule("others", `${ENABLED}, grace: 1h`)], ["is removed"]],
    [[rule("all of us", ENABLED)], []],
    [[rule("everyone", `${ENABLED}, withoutDevice: enforce`)], []],
  ];
  for (const [rules, says] of loosened) {
    const found = await preview(policyOf(rulesOf(...rules)));
    assert.deepEqual(lowering(found), says);
    assert.equal(findingsIn(found).includes("lower"), says.length > 0);
    assert.ok(found.changes.length > 0);
  }
});

test("grace that is new is given only to whom the record shows to be new enough", async () => {
  const found = await preview(policyOf(rulesOf(rule("everyone", `${ENABLED}, grace: 7d`))));
  // When they were first seen is not in the evidence.
  assert.deepEqual(counted(found), { unknown: OFF });
  assert.deepEqual(found.unrecorded, { count: OFF, by: { history: OFF } });
});

test("a rule that begins later is judged as of a day to come", async () => {
  const other = policyOf(rulesOf(rule("everyone", `${ENABLED}, from: 2999-01-01`)));
  assert.deepEqual(counted(await preview(other)), { givenTime: OFF, noLongerChanged: OFF });
  const then = await preview(other, { on: { day: "2999-01-01", at: Date.parse("2999-01-01T23:59:59Z") } });
  assert.deepEqual([counted(then), then.day], [{}, "2999-01-01"]);
});

test("a directory that only observes changes nobody any more", async () => {
  const observing = directoryYaml(world.vendor, "workforce", "observe");
  const found = await preview(policyOf(rulesOf(rule("everyone", ENABLED)), observing));
  assert.deepEqual(counted(found), { noLongerChanged: OFF });
  assert.deepEqual(lowering(found), ["is in mode observe in place of enforce"]);
});

test("directories that the run did not read, or the policy no longer has, are named", async () => {
  const found = await preview(policyOf(rulesOf(rule("everyone", ENABLED)), directoryYaml(world.vendor, "partners")));
  assert.deepEqual(findingsIn(found), ["lower", "unknown"]);
  assert.deepEqual(found.dropped, [{ directory: "workforce", accounts: ACCOUNTS, inScope: ACCOUNTS }]);
  assert.deepEqual(found.notRead, [{ directory: "partners", why: "the policy of the run does not have it" }]);
});

test("nothing is said of a directory that is another tenant now", async () => {
  const elsewhere = { ...world.vendor, environment: "5a1c0de0-1111-4222-8333-444455556666" };
  const found = await preview(policyOf(rulesOf(rule("everyone", ENABLED)), directoryYaml(elsewhere)));
  assert.deepEqual(found.unrecorded, { count: ACCOUNTS, by: { settings: ACCOUNTS } });
  assert.equal(found.total.after.unknown, ACCOUNTS);
  assert.equal(found.notRead.length, 1);
});

test("what protects people from changes and gets weaker is a finding of its own, and stronger is none", async () => {
  const everyone = rulesOf(rule("everyone", ENABLED));
  const guards = `limits: { changesPerRun: { count: 500, percent: 10 }, changesPerDay: 1000 }
freeze: [{ from: 2998-12-20, until: 2999-01-03, reason: Year end }, { from: 2020-01-01, until: 2020-01-02, reason: Over }]
administrators: [{ usernames: "*-adm@example.com" }]
breakGlass: [{ id: workforce/${world.vendor.account(9).id}, username: ${world.vendor.account(9).username} }]
`;
  const guarded = policyOf(everyone + guards);
  const weaker: [string, string, string][] = [
    ["percent: 10", "percent: 100", "changesPerRun.percent is 100 in place of 10"],
    ["changesPerDay: 1000", "changesPerDay: 5000", "changesPerDay is 5000 in place of 1000"],
    ["changesPerDay: 1000", "changesPerDay: 1000, changesPerAccount: 9", "changesPerAccount is 9 in place of 3"],
    ["until: 2999-01-03", "until: 2999-01-02", "is changed"],
    ["*-adm@", "*-root@", "is changed"],
  ];
  const data = await gatherRun({ ...world, clock: Date.now }, run);
  const against = (before: Policy, after: Policy) =>
    previewPolicy({ ...data, policy: before }, { policy: after, traitsOf, listed: 0 }, never);
  const weakening = ({ changes }: Preview) =>
    changes
      .filter((one) => one.weakensGuard)
      .map(({ part, name, what }) => (part === "limits" ? `${name} ${what}` : what));
  for (const [was, is, says] of weaker) {
    const other = policyOf(everyone + guards.replace(was, is));
    const found = await against(guarded, other);
    assert.deepEqual([weakening(found), findingsIn(found).includes("guards")], [[says], true], is);
    if (!is.includes("root")) assert.deepEqual(weakening(await against(other, guarded)), [], `back from ${is}`);
  }
  assert.deepEqual(weakening(await against(guarded, policyOf(everyone + guards.replace(/breakGlass.*\n/, "")))), [
    "may be changed now",
  ]);
  const over = policyOf(everyone + guards.replace(/, \{ from: 2020[^}]*\}/, ""));
  assert.deepEqual(findingsIn(await against(guarded, over)), []);
});
