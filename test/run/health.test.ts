/** What alarms rest on: how each directory's sweeps ended, when the last one completed, and how much budget is left. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BUDGET_SCOPE } from "../../lib/enforcement/budget.ts";
import { type DirectoryRecord, noChanges, noVerdicts, type PlanRecord, type RunStatus } from "../../lib/model/index.ts";
import { checkHealth } from "../../lib/run/health.ts";
import { compile, startWorld, type World } from "../world.ts";

const HOUR = 3_600_000;
const POLICY = `version: 1
directories:
  - { id: daily, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com }
  - { id: often, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com }
  - { id: by-hand, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com }
rules:
  - { name: everyone, match: all, require: enabled }
limits: { changesPerDay: 40 }
deploy:
  schedules:
    - { cron: "0 3 * * ? *", directories: [daily, often] }
    - { cron: "0 */6 * * ? *", directories: [often] }
`;

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

/** When a run began and ended, in hours ago. */
interface When {
  readonly began: number;
  /** Still under way unless given. */
  readonly ended?: number;
}

type Ends = Readonly<Record<string, RunStatus | "running" | "held" | { readonly ended: number }>>;

const LEASE_HELD = { code: "ERR_LEASE_HELD", message: "Another run sweeps it." };
const isoAgo = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();

/** A run and how its directories ended: `held`, refused since another run held it; or completed at a time of its own. */
async function ran(run: string, { began, ended }: When, ends: Ends): Promise<void> {
  world.time.ahead = -(ended ?? began) * HOUR;
  const opened = { mode: "enforce", status: "running", origin: { by: "tester", how: "test" } } as const;
  const about = { policy: "", code: "", startedAt: isoAgo(began), directories: Object.keys(ends) };
  await world.ledger.openRun({ run, ...opened, ...about });
  for (const [id, end] of Object.entries(ends)) {
    const status = end === "held" ? "refused" : typeof end === "object" ? "completed" : end;
    const counts = { read: 0, verdicts: noVerdicts(), after: noVerdicts(), changes: noChanges() };
    const problems = end === "held" ? [LEASE_HELD] : [];
    const own = typeof end === "object" ? { endedAt: isoAgo(end.ended) } : {};
    const record: DirectoryRecord = {
      run,
      id,
      vendor: "pingone",
      status,
      mode: "enforce",
      ...counts,
      problems,
      ...own,
    };
    await world.ledger.saveDirectory(record);
  }
  if (ended !== undefined) await world.ledger.closeRun(run, "completed");
  world.time.ahead = 0;
}

/** @param text of the deployed policy  @param hoursAgo when to look */
async function look(text = POLICY, hoursAgo = 0) {
  world.time.ahead = -hoursAgo * HOUR;
  const clock = () => Date.now() - hoursAgo * HOUR;
  const { directories, budgetPercent } = await checkHealth({ policy: compile(text), ledger: world.ledger, clock });
  world.time.ahead = 0;
  const troubles = directories.map(({ directory, ...health }) => [
    directory,
    Object.entries(health).flatMap(([name, is]) => (is ? [name] : [])),
  ]);
  return { ...Object.fromEntries(troubles), budgetPercent };
}

const WELL = { daily: [], often: [], "by-hand": [], budgetPercent: 0 };

test("a new deployment misses nothing for twice its schedule, and then what it should have swept", async () => {
  assert.deepEqual(await look(POLICY, 60), WELL);
  assert.deepEqual(await look(POLICY, 47), { ...WELL, often: ["missing"] });
  assert.deepEqual(await look(POLICY, 11), { ...WELL, daily: ["missing"], often: ["missing"] });
});

test("a directory that was just added is not missing, also where it was there before", async () => {
  const one = POLICY.replace(/ {2}- \{ id: often.*\n/, "")
    .replace("[daily, often]", "[daily]")
    .replace(/.*\[often\].*\n/, "");
  assert.deepEqual(await look(one, 10), { daily: ["missing"], "by-hand": [], budgetPercent: 0 });
  assert.deepEqual(await look(POLICY, 9), { ...WELL, daily: ["missing"] });
});

test("a sweep that completed holds for twice its own schedule", async () => {
  await ran("r1", { began: 47, ended: 47 }, { daily: "completed", often: "completed", "by-hand": "completed" });
  assert.deepEqual(await look(), WELL);
  await ran("r2", { began: 11, ended: 11 }, { often: "completed" });
  assert.deepEqual(await look(), WELL);
});

test("how the sweep that ended last did shows until a better one, also of a directory that completed before", async () => {
  await ran("r3", { began: 5, ended: 5 }, { daily: "incomplete", often: "failed", "by-hand": "awaiting-approval" });
  const shown = { daily: ["incomplete"], often: ["failed"], "by-hand": ["awaitingApproval"], budgetPercent: 0 };
  assert.deepEqual(await look(), shown);
  await ran("r4", { began: 4.5, ended: 4.5 }, { daily: "running", often: "refused" });
  assert.deepEqual(await look(), shown);
  await ran("r5", { began: 4, ended: 4 }, { daily: "completed", often: "completed", "by-hand": "completed" });
  assert.deepEqual(await look(), WELL);
});

test("a plan that somebody decided on waits no more, and one that waited too long ends on record", async () => {
  for (const [run, end] of [
    ["p1", "rejected"],
    ["p2", "approved"],
    ["p3", "expired"],
  ] as const) {
    await ran(run, { began: 3.9, ended: 3.9 }, { "by-hand": "awaiting-approval" });
    const plan: PlanRecord = {
      run,
      directory: "by-hand",
      hash: "0".repeat(64),
      status: "waiting",
      policy: "",
      mode: "enforce",
      changes: 1,
      read: 1,
      authors: [],
      origin: { by: "tester", how: "test" },
      madeAt: isoAgo(3.9),
      expiresAt: isoAgo(1),
    };
    await world.ledger.savePlan(plan);
    assert.deepEqual(await look(POLICY, 2), { ...WELL, "by-hand": ["awaitingApproval"] });
    if (end !== "expired") await world.ledger.movePlan(plan, "waiting", { status: end });
    assert.deepEqual(await look(POLICY, end === "expired" ? 0 : 2), WELL);
    assert.equal((await world.ledger.readPlans(run))[0]?.status, end);
  }
  await ran("p4", { began: 3.8, ended: 3.8 }, { "by-hand": "completed" });
});

test("a sweep that a lease refused says nothing of the directory", async () => {
  await ran("r6", { began: 3.5, ended: 3.5 }, { daily: "held", often: "held" });
  assert.deepEqual(await look(), WELL);
});

test("of two sweeps the one that ended last counts, not the one that began last", async () => {
  await ran("r7", { began: 3, ended: 1 }, { daily: "completed", often: { ended: 2.8 } });
  await ran("r8", { began: 2.7, ended: 2.6 }, { daily: "failed", often: "failed" });
  assert.deepEqual(await look(), { ...WELL, often: ["failed"] });
  await ran("r9", { began: 0.5 }, { often: { ended: 0.4 } });
  assert.deepEqual(await look(), WELL);
});

test("a plan that waits for a person is no missing sweep", async () => {
  const daily = POLICY.replace(
    /deploy:[\s\S]*/,
    'deploy: { schedules: [{ cron: "* * * * ? *", directories: [by-hand] }] }\n',
  );
  assert.deepEqual((await look(daily))["by-hand"], ["missing"]);
  await ran("r10", { began: 0.001, ended: 0.001 }, { "by-hand": "awaiting-approval" });
  assert.deepEqual((await look(daily))["by-hand"], ["awaitingApproval"]);
});

test("a sweep that was halted read everybody, and says that it was halted", async () => {
  await ran("r11", { began: 0.001, ended: 0.0005 }, { daily: "halted" });
  assert.deepEqual((await look()).daily, ["halted"]);
});

test("the budget is used up when nothing is left, and not before", async () => {
  await world.ledger.reserveBudget(BUDGET_SCOPE, 39, 40);
  assert.equal((await look()).budgetPercent, 97);
  await world.ledger.reserveBudget(BUDGET_SCOPE, 1, 40);
  assert.equal((await look()).budgetPercent, 100);
});
