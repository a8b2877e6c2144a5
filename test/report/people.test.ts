/** People over several directories, from real sweeps of real servers: the report counts persons, shows the weakest way in, and hides nothing. */
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import type { ReportPorts } from "../../lib/report/data/index.ts";
import { formats } from "../../lib/report/formats/index.ts";
import { type StoreFile, writeReport } from "../../lib/report/index.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { runHere } from "../shared-engine.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const ACCOUNTS = 12;
const KEY = new TextEncoder().encode("a key of this deployment, 32 letters");
const OTHER_KEY = new TextEncoder().encode("another key of it, of 32 letters, too");
const signal = AbortSignal.timeout(60_000);
const origin = { by: "tester", how: "test" };
let partners: PingOne;
let world: World;
let ports: ReportPorts;

before(async () => {
  partners = await startPingOne({ accounts: ACCOUNTS });
  const { environment, endpoints } = partners;
  const settings = { environment, region: "com", endpoints };
  const neighbour = { id: "partners", vendor: "pingone", settings, secret: partners.credentials };
  world = await startWorld({ accounts: ACCOUNTS, pageSize: 5 }, [neighbour]);
  ports = { ledger: world.ledger, evidence: world.evidence, clock: Date.now };
  for (let index = 0; index < ACCOUNTS; index++) {
    const all = { enabled: true, mfaEnabled: true };
    world.vendor.change(world.vendor.account(index).id, {
      ...all,
      username: `w${index}`,
      email: `p${index}@example.com`,
    });
    partners.change(partners.account(index).id, { ...all, username: `p${index}`, email: `P${index}@EXAMPLE.com` });
  }
});
after(async () => {
  await world.close();
  await partners.close();
});

const PEOPLE = `${EVERYONE}people: { by: [email], patterns: [{ match: "*-adm@example.com", as: "*@example.com" }] }\n`;

async function sweep(yaml = PEOPLE, { key = KEY, directories }: { key?: Uint8Array; directories?: string[] } = {}) {
  const swept = world.ports(yaml, { readPeopleKey: async () => key });
  return (await runHere(swept, { mode: "plan", origin, ...(directories && { directories }) })).run;
}

async function report(run: string) {
  const files = new Map<string, string>();
  const store: StoreFile = async (file, _, body) => {
    files.set(file, (await buffer(body)).toString());
  };
  const written = await writeReport(ports, { run, prepare: () => ({ formats, store }) }, signal);
  const page = files.get("report.html") ?? "";
  return { people: written.people, files, page, json: JSON.parse(files.get("people.json") ?? "null") };
}

const own = (index: number) => world.vendor.account(index).id;
const theirs = (index: number) => partners.account(index).id;

describe("people in a report", () => {
  test("are counted once over all directories, with the weakest account that they can sign in with", async () => {
    partners.change(theirs(0), { mfaEnabled: false });
    partners.change(theirs(1), { mfaEnabled: false });
    world.vendor.change(own(1), { mfaEnabled: false });
    partners.change(theirs(2), { mfaEnabled: false, enabled: false });
    for (const [id, vendor] of [
      [own(3), world.vendor],
      [theirs(3), partners],
    ] as const)
      vendor.change(id, { enabled: false });
    world.vendor.change(own(4), { email: "nobody.else@example.com" });
    const { people, json, page, files } = await report(await sweep());
    assert.deepEqual(people?.coverage, {
      everywhere: 10,
      somewhere: 1,
      nowhere: 1,
      ambiguous: 0,
      "out-of-scope": 0,
      disabled: 1,
    });
    assert.deepEqual([people?.people, people?.inSeveralDirectories, people?.notJoined.count], [13, 11, 0]);
    const [nowhere, somewhere] = [1, 0].map((index) => [`partners/${theirs(index)}`, `workforce/${own(index)}`]);
    const shown = people?.weakest.first.map(({ coverage, accounts }) => [
      coverage,
      accounts.map(({ directory, id }) => `${directory}/${id}`).toSorted(),
      accounts.map(({ verdict }) => verdict),
    ]);
    assert.deepEqual(shown, [
      ["somewhere", somewhere, ["violating", "compliant"]],
      ["nowhere", nowhere, ["violating", "violating"]],
    ]);
    assert.equal(people?.weakest.first[0]?.accounts[0]?.directory, "partners");
    assert.deepEqual(json.coverage, people?.coverage);
    assert.deepEqual([json.complete, json.missing], [true, []]);
    assert.match(page, /<h2 id="people-title">People<\/h2>/);
    const rows = (files.get("population.jsonl") ?? "")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const pair = rows.filter(({ id }) => id === own(0) || id === theirs(0));
    assert.equal(new Set(pair.map(({ belongsTo }) => belongsTo.person)).size, 1);
    assert.ok(pair.every(({ belongsTo }) => belongsTo.coverage === "somewhere"));
    assert.equal((files.get("population.csv") ?? "").split(",somewhere,,\r\n").length, 3);
  });

  test("who may be two people is ambiguous, until the policy says whose the second account is", async () => {
    const second = world.vendor.join({ email: "p5@example.com", username: "another", mfaEnabled: true, enabled: true });
    const guessed = await report(await sweep());
    assert.equal(guessed.people?.coverage.ambiguous, 1);
    assert.equal(guessed.people?.ambiguous.first[0]?.accounts.length, 3);
    assert.match(guessed.page, /1 person ambiguous/);
    world.vendor.change(second.id, { email: "p5-adm@example.com", mfaEnabled: false });
    const told = await report(await sweep());
    assert.deepEqual([told.people?.coverage.ambiguous, told.people?.coverage.somewhere], [0, 2]);
    world.vendor.leave(second.id);
  });

  test("an account of which nothing is known is joined with nobody, and shown", async () => {
    world.vendor.change(own(6), { email: "" });
    const { people, page } = await report(await sweep());
    assert.deepEqual(
      people?.notJoined.first.map(({ id, directory }) => [directory, id]),
      [["workforce", own(6)]],
    );
    assert.match(page, /1 account of no known person/);
    world.vendor.change(own(6), { email: "p6@example.com" });
  });

  test("a directory that this run did not read comes from its newest whole sweep, which is named", async () => {
    const whole = await sweep();
    partners.setFault({ kind: "lost-page", on: "users", nth: 1 });
    const broken = await sweep(PEOPLE);
    partners.clearFaults();
    const { people } = await report(broken);
    const basis = people?.basis.map(({ directory, run, earlier }) => [directory, run, earlier ?? false]);
    assert.deepEqual(basis, [
      ["workforce", broken, false],
      ["partners", whole, true],
    ]);
    assert.deepEqual(people?.coverage, (await report(whole)).people?.coverage);
    const alone = await report(await sweep(PEOPLE, { directories: ["workforce"] }));
    assert.deepEqual([alone.people?.missing, alone.people?.basis[1]?.run], [[], whole]);
    assert.match(alone.page, /by an earlier run/);
  });

  test("sweeps under another key, or before people were joined, are not joined, and said to be missing", async () => {
    await sweep(EVERYONE, { directories: ["partners"] });
    const before = await report(await sweep(PEOPLE, { directories: ["workforce"] }));
    assert.deepEqual(
      before.people?.missing.map(({ directory, why }) => [directory, /kept nothing to join accounts by/.test(why)]),
      [["partners", true]],
    );
    assert.match(before.page, /without accounts of other directories/);
    assert.equal(before.json.complete, false);
    await sweep(PEOPLE, { directories: ["partners"], key: OTHER_KEY });
    const other = await report(await sweep(PEOPLE, { directories: ["workforce"] }));
    assert.match(other.people?.missing[0]?.why ?? "", /another key or by other rules/);
    assert.equal(other.people?.inSeveralDirectories, 0);
  });

  test("altered evidence of an earlier run takes its directory out, and does not stop the report", async () => {
    const earlier = await sweep(PEOPLE, { directories: ["partners"] });
    const run = await sweep(PEOPLE, { directories: ["workforce"] });
    const evidence = {
      ...world.evidence,
      async get(key: string) {
        const bytes = await world.evidence.get(key);
        return key.includes(`${earlier}/partners/page-`) ? bytes.subarray(1) : bytes;
      },
    };
    const store: StoreFile = async (_file, _type, body) => void (await buffer(body));
    const { people } = await writeReport({ ...ports, evidence }, { run, prepare: () => ({ formats, store }) }, signal);
    assert.match(people?.missing[0]?.why ?? "", /^ERR_EVIDENCE_ALTERED/);
    assert.equal(people?.people, ACCOUNTS);
  });

  test("without `people` in the policy nothing is said of them", async () => {
    const { people, files, page } = await report(await sweep(EVERYONE));
    assert.deepEqual([people, files.has("people.json"), page.includes("people-title")], [undefined, false, false]);
  });
});
