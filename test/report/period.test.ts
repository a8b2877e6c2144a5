/** What an auditor may rely on of a report over a period: every run, every gap, every act of a person, and what is not known. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WardenError } from "../../lib/errors.ts";
import { account, beginLife, type Reported } from "./period-life.ts";
import { DAY_MS, FIRST } from "./year-people.ts";

const origin = { by: "jane", how: "test" };

const csvRows = ({ texts }: Reported, file: string) =>
  (texts.get(file) ?? "").replace("\ufeff", "").trim().split("\r\n").slice(1);

describe("a period", () => {
  test("of daily sweeps without a break has every run, no gap, and nothing that is missing", async () => {
    const { world, at, report } = await beginLife();
    for (let day = 0; day < 10; day++) {
      at(day, 6);
      await world.sweep(true);
    }
    at(10, 0);
    const made = await report("2026-01-01", "2026-01-10");
    assert.deepEqual([made.data.gaps, made.summary.incomplete], [[], []]);
    assert.equal(csvRows(made, "runs.csv").length, 10);
    assert.match(made.texts.get("period.html") ?? "", /Yes\.<\/span> No directory was left alone/);
    assert.deepEqual([made.summary.outcomes.enforced, csvRows(made, "changes.csv").length], [1, 1]);
    assert.match(csvRows(made, "changes.csv")[0] ?? "", /,workforce,p20,.*,enforced,.*,policy,/);
    assert.deepEqual(csvRows(made, "rules.csv"), [
      `2026-01,workforce,everyone,${made.data.sweeps.at(-1)?.run},${made.data.sweeps.at(-1)?.endedAt},30,0,0,0,0,0,0`,
    ]);
    // Each sweep is tied to the one before it.
    const [first, ...rest] = made.data.sweeps;
    assert.equal(first?.follows, null);
    for (const [index, { follows }] of rest.entries()) assert.equal(follows?.hash, made.data.sweeps[index]?.manifest);
    assert.deepEqual(JSON.parse(made.texts.get("period.jsonl")?.trim().split("\n").at(-1) ?? ""), {
      kind: "end",
      counts: { run: 10, sweep: 10, rule: 1, directory: 1, policy: 1, exemption: 1, change: 1 },
    });
  });

  test("names each gap with its beginning and its end, and what was tried in it", async () => {
    const { world, at, report } = await beginLife();
    for (const [day, whole] of [
      [5, true],
      [6, true],
      [7, false],
      [8, true],
      [13, true],
    ] as const) {
      at(day, 6);
      await world.sweep(whole);
    }
    at(20, 0);
    const made = await report("2026-01-01", "2026-12-31");
    assert.deepEqual(
      made.data.gaps.map(({ from, to, tried, isBeforeRecords, isOpen }) => [
        from.slice(0, 13),
        to.slice(0, 13),
        tried,
        isBeforeRecords,
        isOpen,
      ]),
      [
        ["2026-01-01T00", "2026-01-06T06", 0, true, false],
        ["2026-01-07T06", "2026-01-09T06", 1, false, false],
        ["2026-01-09T06", "2026-01-14T06", 0, false, false],
        ["2026-01-14T06", "2026-01-21T00", 0, false, true],
      ],
    );
    const page = made.texts.get("period.html") ?? "";
    assert.match(page, /No\.<\/span> There are 4 gaps\./);
    assert.match(page, /That end is yet to come: what is said ends at 21 Jan 2026, 00:00 UTC/);
    assert.match(page, /Nothing is on record before 6 Jan 2026, 06:00 UTC: what was before is not known/);
    assert.equal(csvRows(made, "gaps.csv").length, 4);
  });

  test("that is over ends in no gap where the next sweep came in time, and in one where it did not", async () => {
    const { world, at, report } = await beginLife();
    for (const day of [0, 1, 2, 3, 9]) {
      at(day, 6);
      await world.sweep(true);
    }
    at(20, 0);
    const inTime = await report("2026-01-02", "2026-01-03");
    assert.deepEqual([inTime.data.gaps, inTime.summary.incomplete, inTime.data.sweeps.length], [[], [], 2]);
    const late = await report("2026-01-02", "2026-01-04");
    assert.deepEqual(
      late.data.gaps.map(({ from, to, isOpen }) => [from.slice(0, 13), to.slice(0, 13), isOpen]),
      [["2026-01-04T06", "2026-01-05T00", true]],
    );
    const empty = await report("2026-01-06", "2026-01-07");
    assert.deepEqual([empty.data.runs.length, empty.data.gaps.length], [0, 1]);
    assert.match(empty.texts.get("period.html") ?? "", /No\.<\/span> Not one sweep read everybody\./);
    assert.match(empty.texts.get("period.html") ?? "", /whether the policy changed is not known/);
  });

  test("has what events changed, sealed or not, and what people did to stop changes", async () => {
    const { world, accounts, at, report } = await beginLife();
    const { ledger } = world.ports;
    at(0, 6);
    await world.sweep(true);
    at(0, 9);
    accounts.set("p25", account(false));
    await world.event("p25");
    at(0, 10);
    await ledger.setKillSwitch("workforce", "INC-7", origin);
    at(0, 11);
    await ledger.setKillSwitch("workforce", undefined, { by: "joe", how: "switch on: over" });
    const until = new Date(FIRST + DAY_MS).toISOString();
    const hold = {
      directory: "workforce",
      id: "p26",
      username: "p26@example.com",
      reason: "travels",
      by: origin,
      until,
    };
    await ledger.holdSubject({ ...hold, at: new Date(FIRST + DAY_MS / 2).toISOString() });
    await ledger.acceptBaseline("workforce", { run: "01RUN", read: 7 }, origin, "sold a subsidiary");
    at(1, 0);
    const made = await report("2026-01-01", "2026-01-01");
    assert.deepEqual([made.summary.outcomes.enforced, made.summary.byEvents], [2, 1]);
    assert.ok(csvRows(made, "changes.csv").some((row) => /,p25,.*events-2026-01-01T09,event:/.test(row)));
    const page = made.texts.get("period.html") ?? "";
    for (const said of ["INC-7", "switch on: over", "travels", "sold a subsidiary", "off: changes stopped"])
      assert.ok(page.includes(said), said);
    assert.ok(!page.includes("Nobody turned the kill switch"));
    assert.match(page, /Nobody was refused a decision\./);
  });

  test("says which evidence is gone or altered, and trusts the ledger's counts no further than it says", async () => {
    const { world, meddled, at, report } = await beginLife();
    const runs: string[] = [];
    for (let day = 0; day < 4; day++) {
      at(day, 6);
      runs.push(await world.sweep(true));
    }
    at(4, 0);
    meddled.set(`runs/${runs[1]}/workforce/manifest.json`, undefined);
    meddled.set(`runs/${runs[2]}/workforce/manifest.json`, Buffer.from("{}"));
    const made = await report("2026-01-01", "2026-01-04");
    assert.deepEqual(
      made.data.sweeps.map(({ evidence }) => evidence),
      ["sealed", "missing", "altered", "sealed"],
    );
    assert.deepEqual(
      made.summary.incomplete.map(({ code }) => code),
      ["ERR_EVIDENCE_UNAVAILABLE", "ERR_EVIDENCE_ALTERED"],
    );
    assert.match(made.summary.incomplete[0]?.message ?? "", new RegExp(`run ${runs[1]} for workforce cannot be read`));
    assert.match(csvRows(made, "runs.csv")[1] ?? "", /,missing,[0-9a-f]{64},,,ledger,/);
  });

  test("refuses days that are none, in the wrong order, yet to come, and of which nothing is on record", async () => {
    const { world, at, report } = await beginLife();
    at(5, 6);
    await assert.rejects(() => report("2026-01-01", "2026-01-02"), code("ERR_RUN_UNKNOWN", /holds no run yet/));
    await world.sweep(true);
    at(6, 0);
    const asked: [string, string, string, RegExp][] = [
      ["2026-02-30", "2026-12-31", "ERR_INPUT_INVALID", /"2026-02-30" is no day/],
      ["2026-01-01", "soon", "ERR_INPUT_INVALID", /"soon" is no day/],
      ["2026-12-31", "2026-01-01", "ERR_INPUT_INVALID", /ends \(2026-01-01\) before it begins/],
      ["2026-06-01", "2026-12-31", "ERR_INPUT_INVALID", /2026-06-01 has not begun yet/],
      ["2025-01-01", "2025-12-31", "ERR_RUN_UNKNOWN", /first run on record began at 2026-01-06T06/],
    ];
    for (const [from, to, wanted, says] of asked) await assert.rejects(() => report(from, to), code(wanted, says));
    await assert.rejects(
      () => report("2026-01-06", "2026-01-06", ["ocsf"]),
      code("ERR_INPUT_INVALID", /no format ocsf; there are csv, jsonl/),
    );
  });
});

const code = (wanted: string, says: RegExp) => (error: unknown) =>
  error instanceof WardenError && error.code === wanted && says.test(error.message);
