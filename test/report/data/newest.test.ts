/** A sweep that another run's lease refused hides nothing of what was read: not in a report, a look back, nor `status`. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { latestRecords } from "../../../cli/local/latest.ts";
import { findBasis, gatherRun } from "../../../lib/report/data/index.ts";
import { startWorld, type World } from "../../world.ts";

let world: World;
let completed: string;
let refused: string;

before(async () => {
  world = await startWorld({ accounts: 5 });
  completed = (await world.sweep("plan")).run;
  const rival = await world.ledger.acquireLease("workforce", "somebody-else");
  assert.ok("lease" in rival);
  const holding = setInterval(() => world.ledger.renewLease(rival.lease), 300);
  const second = await world.sweep("plan").finally(() => clearInterval(holding));
  assert.equal(second.status, "refused");
  refused = second.run;
});
after(() => world.close());

const ports = () => ({ ledger: world.ledger, evidence: world.evidence, clock: Date.now });

test("a report without --run is of the run that completed", async () => {
  assert.equal((await gatherRun(ports())).head.run, completed);
  assert.equal((await gatherRun(ports(), refused)).head.status, "refused");
});

test("a look back rests on it, and passes over nothing", async () => {
  const basis = await findBasis(ports(), "workforce", Date.now());
  assert.deepEqual([basis?.record.run, basis?.passedOver], [completed, []]);
});

test("status shows it", async () => {
  assert.deepEqual(
    (await latestRecords(world.ledger)).map(({ run, status }) => [run, status]),
    [[completed, "completed"]],
  );
});

test("each record says when its sweep ended, as its manifest does", async () => {
  const [found] = (await world.ledger.readRun(completed))?.directories ?? [];
  const { swept } = await gatherRun(ports(), completed);
  assert.equal(found?.endedAt, swept[0]?.manifest.endedAt);
  const [other] = (await world.ledger.readRun(refused))?.directories ?? [];
  assert.ok(other?.endedAt);
});
