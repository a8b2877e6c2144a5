/** What fits on a page is right however many rows there are: checked against the plainest computation of the same. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { OUTCOMES } from "../../../lib/model/index.ts";
import { keepFirst } from "../../../lib/report/data/first-items.ts";
import {
  formatShare,
  measureCoverage,
  type ReportRow,
  type Summary,
  summarizeRows,
} from "../../../lib/report/data/index.ts";
import { countsOf, type SampleOptions, sampleRows, sampleRun } from "../sample.ts";

function summaryOf(rows: readonly ReportRow[], options: SampleOptions = {}): Summary {
  const summarizer = summarizeRows(sampleRun(rows, options));
  for (const row of rows) summarizer.add(row);
  return summarizer.end();
}

const isOpen = ({ verdict }: ReportRow) => verdict === "violating" || verdict === "unknown";
const runs = fc
  .record({ seed: fc.nat(), count: fc.integer({ min: 0, max: 600 }), open: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ seed, count, open }) => sampleRows(count, seed, open));

describe("the summary", () => {
  test("counts as anybody would by hand", () => {
    fc.assert(
      fc.property(runs, (rows) => {
        const summary = summaryOf(rows);
        assert.deepEqual(summary.counts, countsOf(rows));
        assert.deepEqual(summary.read, countsOf(rows, "read"));
        for (const { id, counts } of summary.directories)
          assert.deepEqual(counts, countsOf(rows.filter(({ directory }) => directory === id)));
        for (const { rule, counts } of summary.rules)
          assert.deepEqual(counts, countsOf(rows.filter((row) => row.rule === rule)));
        for (const outcome of OUTCOMES)
          assert.equal(summary.outcomes[outcome], rows.filter((row) => row.outcome === outcome).length);
        assert.equal(
          summary.outOfScope.reduce((sum, { count }) => sum + count, 0),
          countsOf(rows)["out-of-scope"],
        );
      }),
      { numRuns: 60 },
    );
  });

  test("never gives a change that was made as the reason why somebody is still open", () => {
    for (const outcome of ["enforced", "already"] as const) {
      const [row] = sampleRows(1, 7, 0);
      const why = "No phishing-resistant device is registered.";
      const open = { ...row, verdict: "violating", read: "violating", why, outcome, outcomeWhy: "MFA is on" } as const;
      assert.deepEqual(
        summaryOf([open as ReportRow]).groups.map((group) => group.why),
        [why],
      );
    }
  });

  test("lists who has been open for longest, and says how many there are", () => {
    fc.assert(
      fc.property(runs, (rows) => {
        const { open, groups } = summaryOf(rows);
        const all = rows.filter(isOpen);
        const oldest = all.map(({ since }) => since).toSorted();
        assert.equal(open.count, all.length);
        assert.deepEqual(
          open.first.map(({ since }) => since),
          oldest.slice(0, 200),
        );
        assert.ok(open.first.every(isOpen));
        assert.equal(
          groups.reduce((sum, { count }) => sum + count, 0),
          all.length,
        );
        assert.equal(groups.map((group) => group.oldest).toSorted()[0], oldest[0]);
      }),
      { numRuns: 60 },
    );
  });

  test("shows changes that did not take before those that did", () => {
    const { changes, outcomes } = summaryOf(sampleRows(20_000, 5, 0.6));
    const lost = outcomes.failed + outcomes.unverified;
    assert.ok(lost > 200);
    assert.ok(changes.first.every(({ outcome }) => outcome === "failed" || outcome === "unverified"));
  });

  test("says what is being done about whom", () => {
    const rows = sampleRows(3_000, 11, 0.5).filter(isOpen);
    const doings = (options?: SampleOptions) =>
      new Set(summaryOf(rows, options).groups.map(({ remediation }) => remediation));
    // Its rule never changes anybody; its directory is only observed; it would have been changed.
    for (const doing of ["left alone", "observing", "planned", "read again", "needs-user"] as const)
      assert.ok(doings().has(doing), doing);
    assert.ok(!doings({ head: { mode: "plan" } }).has("planned"));
  });

  test("holds every exemption of the policy against the population", () => {
    const { register } = summaryOf([
      ...sampleRows(3, 1, 0),
      {
        ...(sampleRows(1)[0] as ReportRow),
        id: "U3",
        directory: "workforce",
        read: "compliant",
        exemption: "workforce/u3@2026-11-01",
      },
    ]);
    const shown = register.entries.map(
      ({ exemption: { directory, account }, state, accountSeen, unneeded, ...left }) => ({
        account: `${directory}/${account}`,
        state,
        seen: accountSeen,
        needless: unneeded,
        daysLeft: left.daysLeft,
        lastDay: left.lastDay,
      }),
    );
    assert.deepEqual(shown, [
      {
        account: "workforce/nobody",
        state: "in force",
        seen: false,
        needless: false,
        daysLeft: 6,
        lastDay: "2026-11-25",
      },
      { account: "workforce/u3", state: "in force", seen: true, needless: true, daysLeft: 26, lastDay: "2026-12-15" },
      { account: "partners/u5", state: "ended", seen: false, needless: false, daysLeft: 0, lastDay: "2026-10-01" },
    ]);
  });

  test("tells few reasons apart when there are too many to tell", () => {
    const rows = sampleRows(2_000, 3, 1).map(
      (row, i): ReportRow => ({ ...row, verdict: "unknown", why: `Reason ${i}.` }),
    );
    const { groups, open } = summaryOf(rows);
    assert.equal(groups.length, 501);
    assert.equal(
      groups.reduce((sum, { count }) => sum + count, 0),
      2_000,
    );
    assert.equal(open.count, 2_000);
  });
});

describe("coverage", () => {
  test("counts who could not be assessed as not covered", () => {
    const counts = { ...countsOf([]), compliant: 90, unknown: 10, "out-of-scope": 50 };
    const record = sampleRun([]).head.directories[0];
    assert.ok(record);
    const {
      population,
      covered,
      unread,
      unknownDirectories: dark,
      share,
    } = measureCoverage(counts, [{ ...record, read: 150, total: 250 }], ["workforce", "dark"]);
    assert.deepEqual(
      { population, covered, unread, dark, share },
      { population: 200, covered: 90, unread: 100, dark: ["dark"], share: 0.45 },
    );
  });

  test("is never rounded up to all, or down to none", () => {
    assert.equal(formatShare(999_999 / 1_000_000), "99.99 %");
    assert.equal(formatShare(1 / 1_000_000), "0.01 %");
    assert.deepEqual([formatShare(0), formatShare(1), formatShare(0.5)], ["0 %", "100 %", "50.0 %"]);
  });
});

test("a bounded list is the first part of the sorted whole", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(20), (items, most) => {
      const list = keepFirst<number>(most, (a, b) => a - b);
      for (const item of items) list.add(item);
      assert.deepEqual(list.end(), items.toSorted((a, b) => a - b).slice(0, most));
    }),
  );
});
