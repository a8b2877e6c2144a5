/** How things stood on a past day, over a simulated year, against what really happened. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { WardenError } from "../../../lib/errors.ts";
import type { Verdict } from "../../../lib/model/index.ts";
import { messageRechecker } from "../../../lib/recheck/index.ts";
import { describeBasis, gatherAsOf, subjectAsOf } from "../../../lib/report/data/index.ts";
import { endOfDay } from "../../../lib/report/data/moment.ts";
import { eventMessage, NO_QUEUE } from "../../recheck/events.ts";
import { EVERYONE, startWorld } from "../../world.ts";
import { type DayEnd, liveYear, type Year } from "../year.ts";
import { dayOf, FIRST } from "../year-people.ts";

const DAY_MS = 86_400_000;
const signal = AbortSignal.timeout(60_000);

/** The plain computation: the last whole sweep, and what was known by then of these, and of those whom events had changed. */
function expected({ basis, changedByEvent, known, gone }: DayEnd): Map<string, Verdict> {
  const verdicts = new Map(basis?.after);
  for (const [id, verdict] of known) if (verdicts.has(id) || changedByEvent.has(id)) verdicts.set(id, verdict);
  for (const id of gone) verdicts.delete(id);
  return verdicts;
}

async function reportAsOf({ ports }: Year, day: number) {
  const asOf = await gatherAsOf(ports, dayOf(day));
  const rows = (await Array.fromAsync(asOf.rows(signal))).flat();
  return { asOf, rows, verdicts: new Map(rows.map(({ id, verdict }) => [id, verdict])) };
}

const code = (wanted: string) => (error: unknown) => error instanceof WardenError && error.code === wanted;

describe("as of a day", () => {
  let year: Year;
  before(async () => {
    year = await liveYear(20_260_101);
  });

  test("the year has everything in it that can go wrong", () => {
    const verdicts = new Set(year.sweeps.flatMap(({ after }) => [...after.values()]));
    assert.deepEqual([...verdicts].toSorted(), ["compliant", "exempt", "grace", "violating"]);
    assert.ok(year.sweeps.filter(({ whole }) => !whole).length > 10);
    assert.ok(year.ends.filter(({ changedByEvent }) => changedByEvent.size > 0).length > 30);
    assert.ok(year.ends.at(-1)?.gone.size);
  });

  test("everybody is as a plain look at what happened finds them", async () => {
    for (let day = 0; day < 365; day += 5) {
      const end = year.ends[day];
      assert.ok(end);
      const { verdicts, rows, asOf } = await reportAsOf(year, day);
      const basisBegan = asOf.swept[0]?.manifest.startedAt ?? "";
      for (const row of rows) assert.ok(row.observedAt >= basisBegan && row.observedAt < dayOf(day + 1), row.id);
      assert.equal(rows.length, verdicts.size);
      assert.deepEqual(sorted(verdicts), sorted(expected(end)), dayOf(day));
    }
  });

  test("what was seen of an account after the sweep stands, also when nothing was changed", async (context) => {
    const world = await startWorld({ accounts: 6, mfaEnabledShare: 1 });
    context.after(() => world.close());
    await world.sweep("enforce");
    const { id } = world.vendor.account(2);
    world.vendor.change(id, { mfaEnabled: false, devices: [] });
    const { onProgress: _, ...ports } = world.ports(EVERYONE.replace("enabled", "enabled\n    enforce: never"));
    await world.ledger.setDeployedPolicy(ports.policyHash);
    const recheck = messageRechecker({ ...ports, queue: NO_QUEUE });
    const event = { id: "e", directory: "workforce", subject: id };
    assert.deepEqual(await recheck([eventMessage(event)], signal), []);
    const today = new Date().toISOString().slice(0, 10);
    const { rows } = await gatherAsOf({ ledger: world.ledger, evidence: world.evidence, clock: Date.now }, today);
    const found = (await Array.fromAsync(rows(signal))).flat();
    assert.deepEqual(
      found.filter(({ verdict }) => verdict !== "compliant").map((row) => [row.id, row.verdict]),
      [[id, "violating"]],
    );
  });

  test("says which sweep it rests on and how old that was, also when later ones did not read everybody", async () => {
    const day = year.sweeps.findIndex(({ whole }) => !whole);
    const { asOf } = await reportAsOf(year, day);
    const [basis] = asOf.swept;
    assert.equal(basis?.record.run, year.ends[day]?.basis?.run);
    assert.deepEqual(basis?.passedOver, [year.sweeps[day]?.run]);
    assert.ok(basis && basis.ageMs > 1.7 * DAY_MS && basis.ageMs < 1.8 * DAY_MS);
    assert.match(describeBasis(basis), /rests on run \S+, which ended at 2026-\S+ and was 41 h old\. 1 later/);
    assert.equal(asOf.head.asOf, `${dayOf(day + 1)}T00:00:00.000Z`);
  });

  test("tells since when each verdict stands, also of those whom events changed", async () => {
    const days = year.ends.flatMap(({ changedByEvent }, day) => (changedByEvent.size > 0 ? [day] : []));
    for (const day of days.slice(-12)) {
      const { rows } = await reportAsOf(year, day);
      for (const { id, since, verdict } of rows) {
        const began = Math.floor((Date.parse(since) - FIRST) / DAY_MS);
        assert.equal(year.ends[began]?.known.get(id), verdict, `${id} since ${since}`);
      }
    }
  });

  test("says first that nothing is known of a directory that no sweep had read", async () => {
    const { ledger } = year.ports;
    const runs = async (limit: number) =>
      (await ledger.listRuns(limit)).map((run) => ({
        ...run,
        policy: "not kept",
        directories: ["workforce", "partners"],
      }));
    const { head } = await gatherAsOf({ ...year.ports, ledger: { ...ledger, listRuns: runs } }, dayOf(30));
    assert.equal(head.status, "incomplete");
    assert.match(head.incomplete[0]?.message ?? "", /No sweep had read everybody of partners by 2026-02-01/);
  });

  test("one account is as the last look until then found it, gone or not", async () => {
    for (const day of [0, 50, 200]) {
      const end = year.ends[day];
      assert.ok(end);
      for (const id of year.ends[364]?.known.keys() ?? []) {
        const person = await subjectAsOf(
          year.ports,
          "workforce",
          id,
          endOfDay(dayOf(day), "UTC", Number.MAX_SAFE_INTEGER),
        );
        const [verdict, departed] = [person.last?.verdict, person.departed];
        assert.deepEqual([verdict, departed], [end.known.get(id), end.gone.has(id)], `${id} on ${dayOf(day)}`);
        assert.equal(person.basis?.record.run, end.basis?.run);
      }
    }
  });

  test("a day before the first sweep, one to come and one that is none are refused", async () => {
    await assert.rejects(gatherAsOf(year.ports, "2025-12-31"), code("ERR_RUN_UNKNOWN"));
    await assert.rejects(gatherAsOf(year.ports, "2027-06-01"), code("ERR_INPUT_INVALID"));
    await assert.rejects(gatherAsOf(year.ports, "2026-02-30"), code("ERR_INPUT_INVALID"));
  });

  test("a day ends where the policy's time zone ends it, and today is now", () => {
    const late = Number.MAX_SAFE_INTEGER;
    assert.equal(endOfDay("2026-10-24", "Europe/Berlin", late), Date.parse("2026-10-24T22:00:00Z"));
    assert.equal(endOfDay("2026-10-25", "Europe/Berlin", late), Date.parse("2026-10-25T23:00:00Z"));
    assert.equal(endOfDay("2026-10-25", "UTC", Date.parse("2026-10-25T10:00:00Z")), Date.parse("2026-10-25T10:00:00Z"));
  });

  test("an altered manifest is no ground to rest on", async () => {
    const run = year.ends[100]?.basis?.run;
    const { evidence } = year.ports;
    const forged = {
      ...evidence,
      get: async (key: string) =>
        key === `runs/${run}/workforce/manifest.json` ? new TextEncoder().encode("{}") : evidence.get(key),
    };
    await assert.rejects(gatherAsOf({ ...year.ports, evidence: forged }, dayOf(100)), code("ERR_EVIDENCE_ALTERED"));
  });
});

const sorted = (map: ReadonlyMap<string, Verdict>) => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
