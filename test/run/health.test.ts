/** What alarms rest on: how each directory's sweeps ended, when the last one completed, and how much budget is left. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BUDGET_SCOPE } from "../../lib/enforcement/budget.ts";
import { type DirectoryRecord, noChanges, noVerdicts, type RunStatus } from "../../lib/model/index.ts";
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

/** A run that began and ended so many hours ago. */
async function ran(
  run: string,
  hoursAgo: number,
  ends: Readonly<Record<string, RunStatus | "running">>,
): Promise<void> {
  const directories = Object.keys(ends);
  world.time.ahead = -hoursAgo * HOUR;
  const startedAt = new Date(Date.now() - hoursAgo * HOUR).toISOString();
  const origin = { by: "tester", how: "test" };
  await world.ledger.openRun({
    run,
    mode: "enforce",
    status: "running",
    origin,
    policy: "",
    code: "",
    startedAt,
    directories,
  });
  for (const [id, status] of Object.entries(ends)) {
    const counts = { read: 0, verdicts: noVerdicts(), after: noVerdicts(), changes: noChanges(), problems: [] };
    const record: DirectoryRecord = { run, id, vendor: "pingone", status, mode: "enforce", ...counts };
    await world.ledger.saveDirectory(record);
  }
  await world.ledger.closeRun(run, "completed");
  world.time.ahead = 0;
}

async function look() {
  const { directories, budgetPercent } = await checkHealth({
    policy: compile(POLICY),
    ledger: world.ledger,
    clock: Date.now,
  });
  const troubles = directories.map(({ directory, ...health }) => [
    directory,
    Object.entries(health).flatMap(([name, is]) => (is ? [name] : [])),
  ]);
  return { ...Object.fromEntries(troubles), budgetPercent };
}

test("a deployment that has not swept yet misses what it should sweep, and not what is swept by hand", async () => {
  assert.deepEqual(await look(), { daily: ["missing"], often: ["missing"], "by-hand": [], budgetPercent: 0 });
});

test("a sweep that completed holds for twice its own schedule", async () => {
  await ran("r1", 47, { daily: "completed", often: "completed", "by-hand": "completed" });
  assert.deepEqual(await look(), { daily: [], often: ["missing"], "by-hand": [], budgetPercent: 0 });
  await ran("r2", 11, { often: "completed" });
  assert.deepEqual(await look(), { daily: [], often: [], "by-hand": [], budgetPercent: 0 });
});

test("how the last sweep that ended did shows until a better one, also of a directory that completed before", async () => {
  await ran("r3", 5, { daily: "incomplete", often: "failed", "by-hand": "awaiting-approval" });
  assert.deepEqual(await look(), { daily: ["incomplete"], often: ["failed"], "by-hand": [], budgetPercent: 0 });
  await ran("r4", 4, { daily: "running", often: "refused" });
  assert.deepEqual(await look(), { daily: ["incomplete"], often: ["failed"], "by-hand": [], budgetPercent: 0 });
  await ran("r5", 3, { daily: "completed", often: "completed" });
  assert.deepEqual(await look(), { daily: [], often: [], "by-hand": [], budgetPercent: 0 });
});

test("the budget is used up when nothing is left, and not before", async () => {
  await world.ledger.reserveBudget(BUDGET_SCOPE, 39, 40);
  assert.equal((await look()).budgetPercent, 97);
  await world.ledger.reserveBudget(BUDGET_SCOPE, 1, 40);
  assert.equal((await look()).budgetPercent, 100);
});
