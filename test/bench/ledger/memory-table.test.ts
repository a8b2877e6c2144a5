/** The benchmark's own ledger answers as a real DynamoDB does: sweeps over both come to the same end. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { memoryClient, memoryTable } from "../../../bench/ledger/index.ts";
import { createTable, dynamoLedger } from "../../../lib/ledger/index.ts";
import type { HistoryEvent, Ledger, SubjectState } from "../../../lib/model/index.ts";
import { startWorld, type World } from "../../world.ts";

const ACCOUNTS = 120;
const POLICY = `
rules:
  - name: everyone
    match: all
    require: enabled
    withoutDevice: enforce
limits:
  changesPerRun: { count: 50000, percent: 100 }
`;

/** What must be alike; times, ulids and the names of runs never are. */
const essence = ({ departed, judgement, facts, username, event }: SubjectState, events: readonly HistoryEvent[]) => ({
  departed,
  judgement,
  facts,
  username,
  last: event.kind,
  events: events.map(({ kind, verdict, was, outcome }) => ({ kind, verdict, was, outcome })),
});

async function everybody(world: World, ledger: Ledger) {
  const ids = Array.from({ length: ACCOUNTS }, (_, index) => world.vendor.account(index).id);
  const states = await ledger.readStates("workforce", ids, true);
  return Promise.all(
    ids.map(async (id) => {
      const state = states.get(id);
      return state && essence(state, (await ledger.readHistory("workforce", id)).events);
    }),
  );
}

describe("the benchmark's ledger in memory", () => {
  const table = memoryTable();
  let real: World;
  let world: World;
  let ledger: Ledger;

  before(async () => {
    [real, world] = await Promise.all([startWorld({ accounts: ACCOUNTS }), startWorld({ accounts: ACCOUNTS })]);
    const client = memoryClient(table, 0);
    await createTable(client, "mfa-warden", AbortSignal.timeout(5_000));
    const { clock, ulid } = world.ports();
    ledger = dynamoLedger({ client, table: "mfa-warden", clock, ulid, leaseSeconds: 2 });
  });
  after(() => Promise.all([real.close(), world.close()]));

  it("comes to the same verdicts, outcomes, states and history as one over dynalite, with changes", async () => {
    const expected = (await real.sweep("enforce", POLICY)).only;
    const { only } = await world.sweep("enforce", POLICY, { ledger });
    const { verdicts, after, changes, status, read, duplicates, problems } = only;
    assert.equal(status, "completed");
    assert.ok(changes.enforced > 0, "nothing was changed, so nothing was compared");
    assert.deepEqual(
      { verdicts, after, changes, status, read, duplicates, problems },
      {
        verdicts: expected.verdicts,
        after: expected.after,
        changes: expected.changes,
        status: expected.status,
        read: expected.read,
        duplicates: expected.duplicates,
        problems: expected.problems,
      },
    );
    assert.deepEqual(await everybody(world, ledger), await everybody(real, real.ledger));
  });

  it("lists runs and what is open alike, newest and lowest first", async () => {
    assert.equal((await ledger.listRuns(5)).length, (await real.ledger.listRuns(5)).length);
    const [mine, theirs] = [
      await ledger.listByVerdict("workforce", "violating", 100),
      await real.ledger.listByVerdict("workforce", "violating", 100),
    ];
    assert.deepEqual(
      mine.map(({ id }) => id),
      theirs.map(({ id }) => id),
    );
  });

  it("bills half a read unit for each account of a sweep that finds nothing new, and no write", async () => {
    table.takeBill();
    await world.sweep("plan", POLICY, { ledger });
    const { reads, written } = table.takeBill();
    assert.ok(reads >= ACCOUNTS / 2 && reads <= ACCOUNTS / 2 + 50, `${reads} read units`);
    assert.deepEqual([written.STATE, written.EVENT, written.CHANGE], [undefined, undefined, undefined]);
    assert.ok((written.LEASE ?? 0) > 0);
  });

  it("refuses a write whose condition does not hold", async () => {
    const run = (await ledger.listRuns(1))[0];
    assert.ok(run);
    await ledger.openRun({ ...run, code: "other" });
    assert.equal((await ledger.readRun(run.run))?.run.code, run.code);
  });
});
