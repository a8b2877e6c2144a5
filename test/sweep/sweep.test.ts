/** What a sweep makes of a vendor that answers badly: never a pass, never a change on a partial picture. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadPage } from "../../lib/evidence/page-file.ts";
import { readSweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import type { Fault } from "../../simulators/pingone/index.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";
import { changeCalls, codesOf, problemsOf, sumOf } from "./known-world.ts";

const PAGE = 10;
const ACCOUNTS = 60;

async function inWorld(
  settings: Parameters<typeof startWorld>[0],
  body: (world: World) => Promise<void>,
): Promise<void> {
  const world = await startWorld({ accounts: ACCOUNTS, pageSize: PAGE, mfaEnabledShare: 0.7, ...settings });
  try {
    await body(world);
  } finally {
    await world.close();
  }
}

test("a clean directory is read whole, judged, changed where it must be, and every change is proved", () =>
  inWorld({}, async (world) => {
    const { only, status } = await world.sweep("enforce");
    assert.equal(status, "completed");
    assert.deepEqual([only.read, only.total, sumOf(only.verdicts)], [ACCOUNTS, ACCOUNTS, ACCOUNTS]);
    assert.ok(only.changes.planned > 5);
    assert.equal(only.changes.enforced + only.changes["needs-user"], only.changes.planned);
    assert.equal(changeCalls(world).length, only.changes.enforced);
    assert.deepEqual(changeCalls(world)[0]?.body, { mfaEnabled: true });
    assert.equal(only.after.compliant, only.verdicts.compliant + only.changes.enforced);
    for (const call of changeCalls(world)) assert.equal(world.vendor.find(call.user ?? "")?.mfaEnabled, true);
  }));

test("plan mode and an observed directory change nothing and still plan", () =>
  inWorld({}, async (world) => {
    const planned = await world.sweep("plan");
    assert.equal(planned.status, "completed");
    assert.ok(planned.only.changes.planned > 0);
    assert.deepEqual(planned.only.after, planned.only.verdicts);
    const { policy } = world.ports();
    const observed = {
      ...policy,
      directories: policy.directories.map((one) => ({ ...one, mode: "observe" as const })),
    };
    await world.sweep("enforce", EVERYONE, { policy: observed });
    assert.equal(changeCalls(world).length, 0);
  }));

test("a second sweep right after the first writes no state and makes no PUT", () =>
  inWorld({}, async (world) => {
    const first = await world.sweep("enforce");
    assert.ok(first.only.changes["needs-user"] > 0, "the case of a person without a device must be among them");
    const before = changeCalls(world).length;
    for (const kind of Object.keys(world.counts.writes)) delete world.counts.writes[kind];
    const second = await world.sweep("enforce");
    assert.equal(second.status, "completed");
    assert.deepEqual([world.counts.writes.STATE, world.counts.writes.EVENT], [undefined, undefined]);
    assert.equal(changeCalls(world).length, before);
    assert.deepEqual(second.only.verdicts, first.only.after);
  }));

test("an unchanged sweep asks the vendor for its pages, a token, the total and its own roles, and nothing for each account", () =>
  inWorld({ mfaEnabledShare: 1 }, async (world) => {
    await world.sweep("enforce");
    const before = { ...world.vendor.counts() };
    await world.sweep("enforce");
    const calls = Object.entries(world.vendor.counts()).map(([name, count]) => [name, count - (before[name] ?? 0)]);
    assert.deepEqual(Object.fromEntries(calls.filter(([, count]) => count !== 0)), {
      "POST token": 1,
      "GET populations": 2,
      "GET users": ACCOUNTS / PAGE,
      "GET roleAssignments": 1,
      "GET role": 1,
    });
  }));

/** What the vendor does, and what the sweep must call it. `read`: how many accounts stay recorded as read. */
const INCOMPLETE: { name: string; fault: Fault; code: string; read?: number }[] = [
  {
    name: "a 429 without end",
    fault: { kind: "limited", on: "users", nth: 3, retryAfter: 900 },
    code: "ERR_VENDOR_THROTTLED",
    read: 20,
  },
  {
    name: "a redirect",
    fault: { kind: "redirect", on: "users", to: "http://127.0.0.1:9/" },
    code: "ERR_VENDOR_REDIRECT",
    read: 0,
  },
  { name: "truncated JSON", fault: { kind: "truncate", on: "users" }, code: "ERR_VENDOR_FORMAT", read: 0 },
  { name: "HTML in place of JSON", fault: { kind: "html", on: "users" }, code: "ERR_VENDOR_FORMAT", read: 0 },
  {
    name: "a list without _embedded",
    fault: { kind: "drop", on: "users", field: "_embedded" },
    code: "ERR_VENDOR_FORMAT",
    read: 0,
  },
  {
    name: "a user without an id",
    fault: { kind: "user-field", on: "users", index: 3, field: "id" },
    code: "ERR_VENDOR_FORMAT",
    read: 0,
  },
  { name: "a cursor that repeats", fault: { kind: "same-cursor", on: "users", nth: 3 }, code: "ERR_READ_LOOP" },
  {
    name: "a next link to another origin",
    fault: { kind: "foreign-next", on: "users", nth: 2, origin: "https://evil.example" },
    code: "ERR_VENDOR_ORIGIN",
    read: 20,
  },
  {
    name: "a page that is given twice, in place of another",
    fault: { kind: "duplicate-page", on: "users", nth: 3 },
    code: "ERR_READ_SHORT",
    read: 50,
  },
  {
    name: "a page that is left out",
    fault: { kind: "lost-page", on: "users", nth: 4 },
    code: "ERR_READ_SHORT",
    read: 50,
  },
  { name: "an empty list", fault: { kind: "empty", on: "users" }, code: "ERR_READ_EMPTY", read: 0 },
  {
    name: "a directory that is suddenly empty, and says so",
    fault: { kind: "empty", on: "users", consistent: true },
    code: "ERR_READ_EMPTY",
    read: 0,
  },
  {
    name: "a list that claims more than it gives",
    fault: { kind: "miscount", on: "users", by: 7 },
    code: "ERR_READ_SHORT",
    read: ACCOUNTS,
  },
  {
    name: "populations that hold more than the list gives",
    fault: { kind: "miscount-populations", on: "populations", by: 1 },
    code: "ERR_READ_SHORT",
    read: ACCOUNTS,
  },
  {
    name: "clocks ten minutes apart",
    fault: { kind: "skew", on: "users", seconds: 600 },
    code: "ERR_READ_CLOCK",
    read: ACCOUNTS,
  },
  {
    name: "an answer over 32 MiB",
    fault: { kind: "oversize", on: "users", bytes: 33 * 2 ** 20 },
    code: "ERR_VENDOR_OVERSIZE",
    read: 0,
  },
];

for (const { name, fault, code, read } of INCOMPLETE)
  test(`${name}: incomplete, nothing changed, what was read stays recorded`, () =>
    inWorld({}, async (world) => {
      world.vendor.setFault(fault);
      const { only, status } = await world.sweep("enforce");
      assert.equal(status, "incomplete");
      assert.ok(codesOf(only).includes(code), `${codesOf(only)} lacks ${code}`);
      assert.equal(changeCalls(world).length, 0);
      if (read !== undefined) assert.equal(only.read, read);
      const manifest = await readSweepManifest(world.evidence, only.run, "workforce", only.manifest);
      assert.equal(manifest.status, "incomplete");
      const rows = (
        await Promise.all(manifest.parts.flatMap(({ pages }) => pages).map((page) => loadPage(world.evidence, page)))
      ).flat();
      assert.equal(rows.length - (only.duplicates ?? 0), only.read);
    }));

const PASSING: { name: string; faults: Fault[] }[] = [
  { name: "429 with Retry-After", faults: [{ kind: "limited", on: "users", nth: 2, times: 1, retryAfter: 1 }] },
  { name: "429 without Retry-After", faults: [{ kind: "limited", on: "users", nth: 2, times: 2 }] },
  { name: "a burst of 500", faults: [{ kind: "error", on: "users", status: 500, nth: 3, times: 2 }] },
  { name: "a connection reset before the answer", faults: [{ kind: "reset", on: "users", nth: 2, times: 1 }] },
  { name: "a connection reset inside the answer", faults: [{ kind: "cut", on: "users", nth: 4, times: 1 }] },
  { name: "a token that expires on the way", faults: [{ kind: "expire-token", on: "users", nth: 3, times: 1 }] },
  { name: "pages shorter than asked for", faults: [{ kind: "short-page", on: "users", size: 7 }] },
  { name: "a list that claims fewer than it gives", faults: [{ kind: "miscount", on: "users", by: -20 }] },
  { name: "a user who is listed twice", faults: [{ kind: "duplicate-user", on: "users", nth: 2, times: 1 }] },
];

for (const { name, faults } of PASSING)
  test(`${name}: helped, and the sweep is complete`, () =>
    inWorld({}, async (world) => {
      for (const fault of faults) world.vendor.setFault(fault);
      const { only, status } = await world.sweep("enforce");
      assert.deepEqual([status, codesOf(only)], ["completed", []]);
      assert.deepEqual([only.read, sumOf(only.verdicts), sumOf(only.after)], [ACCOUNTS, ACCOUNTS, ACCOUNTS]);
    }));

test("a duplicate user is judged once", () =>
  inWorld({}, async (world) => {
    world.vendor.setFault({ kind: "duplicate-user", on: "users", nth: 2, times: 1 });
    const { only } = await world.sweep("enforce");
    assert.equal(only.duplicates, 1);
    assert.equal(changeCalls(world).length, new Set(changeCalls(world).map(({ user }) => user)).size);
  }));

for (const value of [undefined, "true"])
  test(`mfaEnabled ${value === undefined ? "left out" : "given as text"} is unknown, never a pass`, () =>
    inWorld({ mfaEnabledShare: 1 }, async (world) => {
      const fault: Fault = { kind: "user-field", on: "users", nth: 1, index: 4, field: "mfaEnabled" };
      world.vendor.setFault(value === undefined ? fault : { ...fault, value });
      const { only } = await world.sweep("enforce");
      assert.equal(only.verdicts.unknown, 1);
      assert.equal(only.status, "completed");
      assert.equal(changeCalls(world).length, 0);
    }));

test("a population that is halved since the last sweep is incomplete until a person accepts it", () =>
  inWorld({ mfaEnabledShare: 0.9 }, async (world) => {
    const first = await world.sweep("plan");
    world.vendor.setFault({ kind: "halved" });
    const second = await world.sweep("enforce");
    assert.deepEqual([second.status, codesOf(second.only)], ["incomplete", ["ERR_READ_SHRUNK"]]);
    assert.equal(changeCalls(world).length, 0);
    await world.ledger.acceptBaseline(
      "workforce",
      { run: first.run, read: second.only.read },
      { by: "tester", how: "test" },
      "sold a subsidiary",
    );
    const third = await world.sweep("enforce");
    assert.equal(third.status, "completed");
    assert.equal(third.only.departed, ACCOUNTS / 2);
  }));

test("fewer accounts than the policy expects of the directory: incomplete, nothing changed", () =>
  inWorld({}, async (world) => {
    const { policy } = world.ports();
    const expecting = (accounts: number) => {
      const directories = policy.directories.map((directory) => ({ ...directory, expect: { accounts } }));
      return { policy: { ...policy, directories } };
    };
    const { only } = await world.sweep("enforce", EVERYONE, expecting(ACCOUNTS + 1));
    assert.deepEqual([only.status, codesOf(only)], ["incomplete", ["ERR_READ_SHORT"]]);
    assert.match(problemsOf(only)[0]?.message ?? "", /expects at least 61/);
    assert.equal(changeCalls(world).length, 0);
    assert.equal((await world.sweep("plan", EVERYONE, expecting(ACCOUNTS))).status, "completed");
  }));

test("who is missing from an accepted population has departed", () =>
  inWorld({ mfaEnabledShare: 1 }, async (world) => {
    await world.sweep("plan");
    world.vendor.setFault({ kind: "halved" });
    const halved = await world.sweep("plan");
    const accepted = { run: halved.run, read: halved.only.read };
    await world.ledger.acceptBaseline("workforce", accepted, { by: "tester", how: "test" }, "sold a subsidiary");
    const next = await world.sweep("plan");
    assert.deepEqual([next.status, next.only.departed], ["completed", ACCOUNTS / 2]);
    assert.equal((await world.sweep("plan")).only.departed, 0);
  }));

test("people without a device are no changes: they use up no limit, and nobody asks about them again and again", () =>
  inWorld({ mfaEnabledShare: 1 }, async (world) => {
    const device = [{ type: "TOTP", status: "ACTIVE" }];
    for (let i = 0; i < ACCOUNTS; i++)
      world.vendor.change(world.vendor.account(i).id, {
        enabled: true,
        mfaEnabled: i > 9,
        devices: i === 0 ? device : [],
      });
    const limits =
      "rules: [{ name: everyone, match: all, require: enabled }]\nlimits: { changesPerRun: { count: 1, percent: 100 } }";
    const { only, status } = await world.sweep("enforce", limits);
    assert.equal(status, "completed");
    assert.deepEqual([only.changes.planned, only.changes["needs-user"], only.changes.enforced], [10, 9, 1]);
    assert.equal(only.after.violating, 9);
    const before = world.vendor.calls.length;
    await world.sweep("enforce", limits);
    const again = world.vendor.calls.slice(before).filter(({ user }) => user !== undefined);
    assert.deepEqual([...new Set(again.map(({ route }) => route))], ["devices"]);
    assert.equal(again.length, 9);
  }));

test("one account whose devices matter costs a call for itself, not for its page", () =>
  inWorld({ mfaEnabledShare: 1 }, async (world) => {
    const { id } = world.vendor.account(3);
    world.vendor.change(id, { enabled: true, mfaEnabled: true });
    const rules = `rules: [{ name: one, match: { accounts: [{ id: workforce/${id} }] }, require: registered }, { name: all, match: all, require: enabled }]`;
    await world.sweep("plan", rules);
    assert.deepEqual(
      world.vendor.calls.filter(({ route }) => route === "devices").map(({ user }) => user),
      [id],
    );
  }));

test("in plan mode a limit is worth knowing and stops nothing", () =>
  inWorld({}, async (world) => {
    const limits =
      "rules: [{ name: everyone, match: all, require: enabled }]\nlimits: { changesPerRun: { count: 2, percent: 100 } }";
    const { only, status } = await world.sweep("plan", limits);
    assert.deepEqual([status, codesOf(only)], ["completed", ["ERR_LIMIT_RUN"]]);
  }));

test("the secret is wrong: the directory fails with its code, and says what to check", () =>
  inWorld({}, async (world) => {
    world.vendor.setFault({ kind: "error", on: "token", status: 401 });
    const { only, status } = await world.sweep("enforce");
    assert.deepEqual([status, codesOf(only)], ["failed", ["ERR_VENDOR_AUTH"]]);
  }));

test("no permission to read users: failed, and the role is named", () =>
  inWorld({}, async (world) => {
    world.vendor.setFault({ kind: "error", on: "users", status: 403 });
    const { only, status } = await world.sweep("enforce");
    assert.deepEqual([status, codesOf(only)], ["failed", ["ERR_VENDOR_DENIED"]]);
    assert.match(problemsOf(only)[0]?.message ?? "", /Identity Data Admin/);
  }));

test("no permission to write mfaEnabled: stops after two groups, the rest is refused on record", () =>
  inWorld({ accounts: 200, pageSize: 100 }, async (world) => {
    world.vendor.setFault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 403 });
    const { only, status } = await world.sweep("enforce");
    assert.deepEqual([status, codesOf(only)], ["failed", ["ERR_VENDOR_DENIED"]]);
    const { planned, failed, refused } = only.changes;
    assert.ok(changeCalls(world).length <= 16, "no more than two groups under way together");
    assert.equal(failed + refused + only.changes["needs-user"], planned);
    assert.equal(only.after.compliant, only.verdicts.compliant);
  }));

test("no permission to read populations: no total, and the evidence says so", () =>
  inWorld({}, async (world) => {
    world.vendor.setFault({ kind: "error", on: "populations", status: 403 });
    const { only, status } = await world.sweep("plan");
    assert.deepEqual([status, codesOf(only)], ["completed", ["ERR_READ_TOTAL"]]);
    assert.equal(only.total, undefined);
    assert.deepEqual((await readSweepManifest(world.evidence, only.run, "workforce", only.manifest)).totals, []);
  }));

test("a population without a count: no total, and the accounts are judged all the same", () =>
  inWorld({}, async (world) => {
    world.vendor.setFault({ kind: "user-field", on: "populations", index: 1, field: "userCount" });
    const { only, status } = await world.sweep("plan");
    assert.deepEqual([status, codesOf(only), only.total], ["completed", ["ERR_READ_TOTAL"], undefined]);
    assert.ok(only.read > 0);
  }));

const naming = (scope: string) => `
rules:
  - { name: special, match: { ${scope} }, require: none, reason: test }
  - { name: everyone, match: all, require: enabled }
`;

for (const [name, fault] of [
  ["does not exist", undefined],
  ["cannot be read", { kind: "error", on: "group", status: 403 }],
] as const)
  test(`a group in a rule that ${name}: incomplete, and named`, () =>
    inWorld({}, async (world) => {
      if (fault) world.vendor.setFault(fault);
      const id = "11111111-2222-4333-8444-555555555555";
      const { only, status } = await world.sweep("enforce", naming(`groups: [workforce/${id}]`));
      assert.deepEqual([status, codesOf(only)], ["incomplete", ["ERR_RULE_SCOPE"]]);
      assert.match(problemsOf(only)[0]?.message ?? "", new RegExp(id));
      assert.equal(changeCalls(world).length, 0);
    }));

test("people who join, leave and change while pages are read do not make a sweep wrong", async () => {
  let pages = 0;
  let world: World | undefined;
  const stir = () => {
    pages++;
    const { vendor } = world as World;
    if (pages === 3) vendor.join({ mfaEnabled: false });
    if (pages === 4) vendor.leave(vendor.account(55).id);
    if (pages === 5) vendor.change(vendor.account(2).id, { mfaEnabled: true });
  };
  await inWorld({ before: (call) => (call.route === "users" ? stir() : undefined) }, async (made) => {
    world = made;
    const { only, status } = await made.sweep("enforce");
    assert.deepEqual([status, codesOf(only)], ["completed", []]);
    assert.equal(sumOf(only.after), only.read);
  });
});

test("over a limit the directory waits for approval, with its plan kept and its lease given back", () =>
  inWorld({}, async (world) => {
    const limits =
      "rules: [{ name: everyone, match: all, require: enabled }]\nlimits: { changesPerRun: { count: 2, percent: 100 } }";
    const { only, status } = await world.sweep("enforce", limits);
    assert.deepEqual([status, codesOf(only)], ["awaiting-approval", ["ERR_LIMIT_RUN"]]);
    assert.equal(changeCalls(world).length, 0);
    assert.match(only.plan ?? "", /^[0-9a-f]{64}$/);
    const kept = (await Array.fromAsync(world.ledger.listChanges(only.run, "workforce"))).flat();
    assert.equal(kept.length, only.changes.planned);
    assert.ok("lease" in (await world.ledger.acquireLease("workforce", "another")));
  }));

test("departed accounts are confirmed by a read and recorded", () =>
  inWorld({}, async (world) => {
    await world.sweep("plan");
    const gone = world.vendor.account(7);
    world.vendor.leave(gone.id);
    const { only } = await world.sweep("plan");
    assert.equal(only.departed, 1);
    const { state, events } = await world.ledger.readHistory("workforce", gone.id);
    assert.equal(state?.departed, "confirmed");
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["verdict", "departed"],
    );
  }));

test("an account that the listing leaves out and the vendor still has makes the sweep incomplete", () =>
  inWorld({ accounts: 60 }, async (world) => {
    await world.sweep("plan");
    world.vendor.setFault({ kind: "error", on: "populations", status: 403 });
    world.vendor.setFault({ kind: "lost-page", on: "users", nth: 3, times: 1 });
    world.vendor.setFault({ kind: "miscount", on: "users", by: -60 });
    const { only, status } = await world.sweep("enforce");
    assert.equal(status, "incomplete");
    assert.ok(codesOf(only).includes("ERR_READ_SHORT"));
    assert.equal(changeCalls(world).length, 0);
  }));

test("each manifest names the one before it, and its pages hash to what it says", () =>
  inWorld({}, async (world) => {
    const first = await world.sweep("plan");
    const second = await world.sweep("plan");
    const manifest = await readSweepManifest(world.evidence, second.run, "workforce", second.only.manifest);
    assert.deepEqual(manifest.previous, { run: first.run, hash: first.only.manifest });
    assert.deepEqual(manifest.origin, { by: "tester", how: "test" });
    assert.equal(manifest.source?.tenant, world.vendor.environment);
    assert.equal(manifest.parts.flatMap(({ pages }) => pages).length, ACCOUNTS / PAGE);
    const [page] = manifest.parts[0]?.pages ?? [];
    assert.ok(page);
    await world.evidence.put(page.key, Buffer.from("altered"), "application/gzip");
    await assert.rejects(loadPage(world.evidence, page), { code: "ERR_EVIDENCE_ALTERED" });
  }));
