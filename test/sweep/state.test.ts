/** What each result of a step adds to what a sweep has found out, and that nothing already found out is altered by it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { noVerdicts, type Problem } from "../../lib/model/index.ts";
import type { ReadStep } from "../../lib/sweep/read-result.ts";
import {
  addBatch,
  addDeparted,
  addDuplicates,
  addPlan,
  addProblems,
  addPublished,
  addReadStep,
  addRefused,
  addSource,
  addTotal,
  leaveClaimsOpen,
  newState,
  readCount,
  type SweepState,
} from "../../lib/sweep/state.ts";

const NO_TOTAL: Problem = { code: "ERR_READ_TOTAL", message: "Nobody counts.", directory: "workforce" };
const SHORT: Problem = { code: "ERR_READ_SHORT", message: "It broke off.", directory: "workforce" };
const SOURCE = { tenant: "tenant", api: "https://api.example", scopes: ["read"] };
const fileOf = (key: string, count: number) => ({ key, sha256: "", count });
const SEGMENT = { pages: [fileOf("page", 3)], ids: fileOf("ids", 3) };

/** Three accounts: two violate, of whom one cannot be changed. */
const STEP: ReadStep = {
  part: SEGMENT,
  next: "cursor-2",
  claimed: 3,
  lastCursor: "cursor-1",
  cursors: ["digest-1"],
  author: "attempt-1",
  verdicts: { ...noVerdicts(), compliant: 1, violating: 2 },
  planned: 2,
  foreseen: { "needs-user": 1 },
  cautions: { shown: ["careful"], count: 1 },
  renamed: 1,
  clocks: [{ vendor: 1_000, ours: 2_000 }],
};
const WITHOUT_ANYTHING: ReadStep = {
  cursors: [],
  author: "attempt-2",
  verdicts: noVerdicts(),
  planned: 0,
  foreseen: {},
  cautions: { shown: [], count: 0 },
  renamed: 0,
  clocks: [],
};

const counts = ({ verdicts, after, changes }: SweepState) => ({
  violating: [verdicts.violating, after.violating],
  compliant: [verdicts.compliant, after.compliant],
  planned: changes.planned,
});

interface Case {
  readonly what: string;
  readonly from?: SweepState;
  readonly add: (state: SweepState) => SweepState;
  readonly see: (state: SweepState) => unknown;
  readonly expected: unknown;
}

const READ = addReadStep(newState(), STEP);

const CASES: readonly Case[] = [
  {
    what: "problems stand in the order in which they were met",
    add: (state) => addProblems(addProblems(state, [NO_TOTAL]), [SHORT]),
    see: ({ problems }) => problems,
    expected: [NO_TOTAL, SHORT],
  },
  {
    what: "totals before and after reading are both kept",
    add: (state) => addTotal(addTotal(state, { total: 3 }), { total: 4 }),
    see: ({ totals }) => totals,
    expected: [3, 4],
  },
  {
    what: "why there is no total is said once",
    add: (state) => addTotal(addTotal(state, { problem: NO_TOTAL }), { problem: NO_TOTAL }),
    see: ({ totals, problems }) => [totals, problems],
    expected: [[], [NO_TOTAL]],
  },
  {
    what: "the source is kept as the directory said",
    add: (state) => addSource(state, SOURCE),
    see: ({ source }) => source,
    expected: SOURCE,
  },
  {
    what: "a read step adds its verdicts, also to those after the changes, and what it planned",
    add: (state) => addReadStep(state, STEP),
    see: (state) => [counts(state), state.changes["needs-user"], state.predetermined, state.renamed, readCount(state)],
    expected: [{ violating: [2, 2], compliant: [1, 1], planned: 2 }, 1, 1, 1, 3],
  },
  {
    what: "a read step adds where it was read from",
    from: READ,
    add: (state) => addReadStep(state, { ...STEP, author: "attempt-2", cursors: ["digest-2"], lastCursor: "cursor-2" }),
    see: ({ authors, cursors, lastCursor, claimed, segments }) => [authors, cursors, lastCursor, claimed, segments],
    expected: [["attempt-1", "attempt-2"], ["digest-1", "digest-2"], "cursor-2", 3, [SEGMENT, SEGMENT]],
  },
  {
    what: "a read step that read nothing leaves what the one before it said, and names its attempt",
    from: READ,
    add: (state) => addReadStep(state, WITHOUT_ANYTHING),
    see: (state) => [state, "claimed" in state],
    expected: [{ ...READ, authors: ["attempt-1", "attempt-2"] }, true],
  },
  {
    what: "where no page was read nothing is claimed",
    add: (state) => addReadStep(state, WITHOUT_ANYTHING),
    see: (state) => ["claimed" in state, "lastCursor" in state, readCount(state)],
    expected: [false, false, 0],
  },
  {
    what: "a listing that broke off is a problem, and what was read before it counts",
    add: (state) => addReadStep(state, { ...STEP, problem: SHORT }),
    see: (state) => [state.problems, readCount(state)],
    expected: [[SHORT], 3],
  },
  {
    what: "20 cautions of a directory are shown, and all are counted",
    from: READ,
    add: (state) => addReadStep(state, { ...STEP, cautions: { shown: Array(20).fill("more"), count: 30 } }),
    see: ({ cautions }) => [cautions.shown.length, cautions.shown[0], cautions.count],
    expected: [20, "careful", 31],
  },
  {
    what: "who was read twice is taken out of both counts",
    from: READ,
    add: (state) => addDuplicates(state, { count: 1, verdicts: { ...noVerdicts(), compliant: 1 } }),
    see: (state) => [counts(state), readCount(state)],
    expected: [{ violating: [2, 2], compliant: [0, 0], planned: 2 }, 2],
  },
  {
    what: "of who is gone, those still present are no part",
    add: (state) => addDeparted(state, Object.assign({ confirmed: 2, unconfirmed: 1 }, { present: 0 })),
    see: ({ departed }) => departed,
    expected: { confirmed: 2, unconfirmed: 1 },
  },
  {
    what: "the plan is known by its hash",
    add: (state) => addPlan(state, { hash: "hash" }),
    see: ({ plan }) => plan,
    expected: "hash",
  },
  {
    what: "a plan knows how many administrators it changes, and how many others",
    from: READ,
    add: (state) => addPlan({ ...state, predetermined: 1 }, { hash: "hash", administrators: 0 }),
    see: ({ toMake }) => toMake,
    expected: { others: 1, administrators: 0 },
  },
  {
    what: "changes move the verdicts after them, and not those before",
    from: READ,
    add: (state) => addBatch(state, { outcomes: { enforced: 1 }, verdicts: { violating: -1, compliant: 1 } }),
    see: (state) => [counts(state), state.changes.enforced],
    expected: [{ violating: [2, 1], compliant: [1, 2], planned: 2 }, 1],
  },
  {
    what: "what is refused because the sweep stopped moves no verdict",
    from: READ,
    add: (state) => addRefused(state, 1),
    see: (state) => [counts(state), state.changes.refused],
    expected: [{ violating: [2, 2], compliant: [1, 1], planned: 2 }, 1],
  },
  {
    what: "what is pushed live is enforced and no longer staged",
    from: addBatch(READ, { outcomes: { staged: 2 }, verdicts: {} }),
    add: (state) => addPublished(state, { enforced: 1, verdicts: { violating: -1, compliant: 1 } }),
    see: (state) => [counts(state), state.changes.staged, state.changes.enforced],
    expected: [{ violating: [2, 1], compliant: [1, 2], planned: 2 }, 1, 1],
  },
  {
    what: "claims are open only after a step that changes accounts broke off",
    add: leaveClaimsOpen,
    see: ({ hasOpenClaims }) => [hasOpenClaims, newState().hasOpenClaims],
    expected: [true, false],
  },
];

for (const { what, from = newState(), add, see, expected } of CASES)
  test(what, () => {
    const before = structuredClone(from);
    assert.deepEqual(see(add(from)), expected);
    assert.deepEqual(from, before);
  });

test("how accounts are joined with those of other directories counts only if all were given their keys alike", () => {
  const keyed = (...digests: (string | undefined)[]) =>
    digests.reduce<SweepState>(
      (state, people) => addReadStep(state, { ...WITHOUT_ANYTHING, ...(people !== undefined && { people }) }),
      newState(),
    ).people;
  assert.equal(keyed("one", "one", "one"), "one");
  for (const mixed of [
    ["one", "other"],
    ["one", "other", "one"],
    ["one", undefined],
    [undefined, "one"],
  ])
    assert.equal(keyed(...mixed), null);
});
