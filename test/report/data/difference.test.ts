/** What changed between two sweeps, over a simulated year, against what really happened; and over many accounts, in bounded room. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { createChangeMarkers, digestSubject } from "../../../lib/report/data/change-markers.ts";
import { findDifference } from "../../../lib/report/data/difference.ts";
import {
  type CountedList,
  type Difference,
  gatherRun,
  type SubjectTransition,
} from "../../../lib/report/data/index.ts";
import { liveYear, type Swept, type Year } from "../year.ts";
import { EXEMPT } from "../year-people.ts";

const signal = AbortSignal.timeout(60_000);

const ids = ({ first, count }: CountedList<SubjectTransition>): string[] => {
  assert.equal(first.length, count);
  return first.map(({ id }) => id).toSorted();
};

/** The plain computation. @param between runs after `was` that did not read everybody */
function expected(was: Swept, now: Swept, enforcedByEvent: ReadonlySet<string>) {
  const all = [...now.after.keys()].toSorted();
  const violating = all.filter((id) => now.read.get(id) === "violating" && was.after.get(id) !== "violating");
  const fixed = all.filter(
    (id) =>
      now.after.get(id) === "compliant" && (was.after.get(id) === "violating" || now.read.get(id) === "violating"),
  );
  const byUs = fixed.filter((id) => now.read.get(id) === "violating" || enforcedByEvent.has(id));
  return {
    violating,
    fixed,
    byUs,
    appeared: all.filter((id) => !was.after.has(id)),
    departed: [...was.after.keys()].filter((id) => !now.after.has(id)).toSorted(),
  };
}

/** Exempt by the calendar, whether they meet the requirement or not. */
const exemptOn = (day: number) => EXEMPT.filter(({ from, until }) => from <= day && day <= until).map(({ id }) => id);

describe("difference", () => {
  let year: Year;
  before(async () => {
    year = await liveYear(42);
  });

  const compared = async (run: string): Promise<Difference | undefined> =>
    findDifference(year.ports, await gatherRun(year.ports, run), signal);

  test("between each whole sweep and the one before is what a plain comparison finds", async () => {
    const seen = { byUs: 0, byThemselves: 0, departed: 0, skipped: 0 };
    let last: Swept | undefined;
    let byEvent = new Set<string>();
    for (const swept of year.sweeps) {
      for (const id of swept.enforcedByEvent) byEvent.add(id);
      if (!swept.whole) continue;
      const was = last;
      const enforced = byEvent;
      [last, byEvent] = [swept, new Set()];
      if (!was || (swept.day % 8 > 0 && swept.day - was.day === 1)) continue;
      const found = await compared(swept.run);
      assert.ok(found);
      const wanted = expected(was, swept, enforced);
      const byUs = found.fixed.first.filter(({ by }) => by === "us").map(({ id }) => id);
      const got = {
        violating: ids(found.violating),
        fixed: ids(found.fixed),
        byUs: byUs.toSorted(),
        appeared: ids(found.appeared),
        departed: ids(found.departed),
      };
      assert.deepEqual(got, wanted, `day ${swept.day}`);
      assert.deepEqual([found.fixed.byUs, found.fixed.byThemselves], [byUs.length, wanted.fixed.length - byUs.length]);
      assert.equal(found.previous[0]?.record.run, was.run);
      const names = (list: readonly { readonly account: string }[] = []) => list.map(({ account }) => account);
      const [before, now] = [exemptOn(was.day), exemptOn(swept.day)];
      assert.deepEqual(
        names(found.exemptions?.begun),
        now.filter((id) => !before.includes(id)),
      );
      assert.deepEqual(
        names(found.exemptions?.ended),
        before.filter((id) => !now.includes(id)),
      );
      seen.byUs += found.fixed.byUs;
      seen.byThemselves += found.fixed.byThemselves;
      seen.departed += found.departed.count;
      seen.skipped += swept.day - was.day - 1;
    }
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 3, `the year knows too little of ${what}`);
  });

  test("the moves add up to both populations", async () => {
    const swept = year.sweeps.findLast(({ whole }) => whole);
    const found = await compared(swept?.run ?? "");
    const was = year.sweeps.find(({ run }) => run === found?.previous[0]?.record.run);
    assert.ok(found && swept && was);
    const sum = (from: string, to: string) =>
      Object.entries(found.moves).reduce(
        (total, [move, many]) =>
          total + (move.startsWith(`${from}>`) ? -many : 0) + (move.endsWith(`>${to}`) ? many : 0),
        0,
      );
    for (const verdict of ["compliant", "violating", "exempt", "grace"] as const) {
      const count = (of: Swept) => [...of.after.values()].filter((one) => one === verdict).length;
      assert.equal(count(was) + sum(verdict, verdict), count(swept), verdict);
    }
  });

  test("the first sweep has nothing to be compared with", async () => {
    assert.equal(await compared(year.sweeps[0]?.run ?? ""), undefined);
  });

  test("of a sweep that did not read everybody nothing is said", async () => {
    const short = year.sweeps.find(({ whole }) => !whole);
    assert.equal(await compared(short?.run ?? ""), undefined);
  });
});

describe("change markers", () => {
  test("find a hundred thousand subjects again, each with its own, and nobody else", () => {
    const count = 100_000;
    const markers = createChangeMarkers(count);
    for (let i = 0; i < count; i++) markers.set(digestSubject("workforce", `id-${i}`), i % 7);
    for (let i = 0; i < count; i++) {
      const index = markers.indexOf(digestSubject("workforce", `id-${i}`));
      assert.equal(markers.valueAt(index), i % 7);
      assert.ok(!markers.hasFlag(index, 1));
      markers.addFlag(index, 1);
    }
    for (let i = 0; i < 1_000; i++) assert.equal(markers.indexOf(digestSubject("partners", `id-${i}`)), -1);
  });
});
