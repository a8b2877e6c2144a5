/** Break-glass accounts: nothing changes one, whatever a rule says, and each sweep says whether they would work. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { enforceChange } from "../../lib/enforcement/index.ts";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import { startVmware } from "../../simulators/vmware-csp/index.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";
import { ACCOUNTS, changeCalls, inKnownWorld, stateOf, targetOf } from "./known-world.ts";

const FIDO2 = [{ type: "FIDO2", status: "ACTIVE" }];

/** Two accounts of the world, the first of them the one whose MFA is off. */
const pairOf = ({ vendor }: World) => [vendor.account(5), vendor.account(6)] as const;

const listing = (accounts: readonly { readonly id: string; readonly username: string }[], rules = EVERYONE) =>
  `${rules}\nbreakGlass: ${JSON.stringify(accounts.map(({ id, username }) => ({ id: `workforce/${id}`, username })))}`;

/** What the run says of break-glass accounts. */
const findings = ({ problems }: DirectoryRecord) =>
  problems.filter(({ code }) => code.startsWith("ERR_BREAK_GLASS")).map(({ code, message }) => `${code} ${message}`);

test("a break-glass account that violates its rule is judged, reported, and not even planned", () =>
  inKnownWorld(async (world) => {
    const { only } = await world.sweep("enforce", listing(pairOf(world)));
    assert.deepEqual([only.status, only.verdicts.violating, only.changes.planned], ["completed", 1, 0]);
    assert.equal(changeCalls(world).length, 0);
  }));

test("each sweep reads each of them once before it reads everybody", () =>
  inKnownWorld(async (world) => {
    const pair = pairOf(world);
    await world.sweep("enforce", listing(pair));
    const reads = world.vendor.calls.filter(({ method, route }) => method === "GET" && route === "user");
    assert.deepEqual(reads.map(({ user }) => user).toSorted(), pair.map(({ id }) => id).toSorted());
  }));

test("a change that was planned before it was listed is refused when it is to be made", () =>
  inKnownWorld(async (world) => {
    const { run } = await world.sweep("plan");
    const [change] = (await Array.fromAsync(world.ledger.listChanges(run, "workforce"))).flat();
    assert.ok(change);
    const { open, ...ports } = world.ports(listing(pairOf(world)));
    const signal = AbortSignal.timeout(10_000);
    const context = { ...ports, id: "workforce", directory: await open("workforce", signal) };
    const result = await enforceChange(context, { lease: { run, token: 0 }, change }, signal);
    assert.deepEqual([result.outcome, result.why], ["refused", "breakGlass names it, and so nothing changes it"]);
    assert.equal(changeCalls(world).length, 0);
  }));

test("another account with its user name is unknown and not changed; one that only looks like it carries a caution", () =>
  inKnownWorld(
    async (world) => {
      const [glass, other] = [world.vendor.account(1), world.vendor.account(2)];
      world.vendor.change(targetOf(world), { username: "glass.1@example.com" });
      world.vendor.change(world.vendor.account(7).id, { username: "gláss-1@example.com" });
      const { only } = await world.sweep(
        "enforce",
        listing([{ id: glass.id, username: "glass.1@example.com" }, other]),
      );
      assert.equal((await stateOf(world, targetOf(world)))?.judgement.verdict, "unknown");
      assert.equal((await stateOf(world, glass.id))?.judgement.verdict, "unknown");
      assert.ok(
        only.problems.some(({ message }) =>
          /looks like "glass.1@example.com", which breakGlass protects/.test(message),
        ),
      );
      assert.deepEqual(
        changeCalls(world).map(({ path }) => path.includes(world.vendor.account(7).id)),
        [true],
      );
    },
    { off: [5, 7] },
  ));

test("an id that nobody has stops changes, as with every protection", () =>
  inKnownWorld(async (world) => {
    const nobody = { id: "00000000-0000-4000-8000-000000000000", username: "nobody@example.com" };
    const { only } = await world.sweep("enforce", listing([nobody, world.vendor.account(1)]));
    assert.ok(only.problems.some(({ code, message }) => code === "ERR_RULE_UNPROTECTED" && /breakGlass/.test(message)));
    assert.deepEqual([only.status, only.read, changeCalls(world).length], ["incomplete", ACCOUNTS, 0]);
  }));

describe("a sweep says", () => {
  const cases: [what: string, listed: number[], spoil: (world: World) => void, expected: RegExp[]][] = [
    [
      "that none is listed",
      [],
      () => {},
      [/^ERR_BREAK_GLASS workforce is in mode enforce, and breakGlass lists no account/],
    ],
    ["that one is not enough", [1], () => {}, [/lists only one account of it; list at least 2\.$/]],
    ["nothing where two would work", [1, 2], () => {}, []],
    [
      "that one is disabled",
      [1, 2],
      ({ vendor }) => vendor.change(vendor.account(1).id, { enabled: false }),
      [/^ERR_BREAK_GLASS The break-glass account workforce\/.* is disabled/],
    ],
    [
      "that one has no phishing-resistant method",
      [1, 2],
      ({ vendor }) => vendor.change(vendor.account(2).id, { devices: [{ type: "TOTP", status: "ACTIVE" }] }),
      [/^ERR_BREAK_GLASS .* has no phishing-resistant method in use: No usable FIDO2 device\./],
    ],
    [
      "that nobody can see whether one has such a method",
      [1, 2],
      ({ vendor }) => vendor.change(vendor.account(2).id, { devices: [{ type: "WATCH", status: "ACTIVE" }] }),
      [/^ERR_BREAK_GLASS Whether the break-glass account .* cannot be seen: .*WATCH/],
    ],
  ];
  for (const [what, listed, spoil, expected] of cases)
    test(what, () =>
      inKnownWorld(async (world) => {
        const accounts = listed.map((number) => world.vendor.account(number));
        for (const { id } of accounts) world.vendor.change(id, { devices: FIDO2 });
        spoil(world);
        const { only } = await world.sweep("plan", listing(accounts));
        assert.equal(only.status, "completed");
        const found = findings(only);
        assert.equal(found.length, expected.length, found.join("\n"));
        for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? "", pattern);
      }),
    );

  test("that it could not ask, and is incomplete", () =>
    inKnownWorld(async (world) => {
      const accounts = [world.vendor.account(1), world.vendor.account(2)];
      for (const { id } of accounts) world.vendor.change(id, { devices: FIDO2 });
      world.vendor.setFault({ kind: "error", on: "user", status: 403, user: accounts[0]?.id ?? "" });
      const { only } = await world.sweep("enforce", listing(accounts));
      assert.equal(only.status, "incomplete");
      assert.match(findings(only)[0] ?? "", /^ERR_BREAK_GLASS_UNREAD .*cannot be read \(ERR_VENDOR_DENIED\)/);
    }));

  test("nothing of a directory that only observes", () =>
    inKnownWorld(async (world) => {
      const { policy } = world.ports();
      const observing = {
        ...policy,
        directories: policy.directories.map((one) => ({ ...one, mode: "observe" as const })),
      };
      const { only } = await world.sweep("plan", EVERYONE, { policy: observing });
      assert.deepEqual(findings(only), []);
    }));
});

test("where the vendor shows nobody's methods, a sweep says that they cannot be seen", async () => {
  const tenant = await startVmware({ users: 3, principals: [{ username: "ops@example.com" }] });
  const { organization, endpoints, credentials } = tenant;
  const settings = { organization, principals: ["ops@example.com"], endpoints };
  const world = await startWorld({ accounts: 5 }, [
    { id: "cloud", vendor: "vmware-csp", settings, secret: credentials },
  ]);
  try {
    await world.sweep("plan");
    const members = await world.ledger.listByVerdict("cloud", "unknown", 2);
    const listed = members.map(({ id, username }) => ({ id: `cloud/${id}`, username }));
    const { directories } = await world.sweep("plan", `${EVERYONE}\nbreakGlass: ${JSON.stringify(listed)}`);
    const cloudRecord = directories.find(({ id }) => id === "cloud");
    assert.ok(cloudRecord);
    const found = findings(cloudRecord);
    assert.equal(found.length, 2);
    for (const sentence of found) assert.match(sentence, /^ERR_BREAK_GLASS .* cannot be seen: /);
  } finally {
    await world.close();
    await tenant.close();
  }
});
