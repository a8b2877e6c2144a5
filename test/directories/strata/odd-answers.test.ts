/** Answers of Strata that are written otherwise than its document has them, and mean the same; or that nobody has foreseen. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import { startStrata } from "../../../simulators/strata/index.ts";
import { editing, never } from "../tenant.ts";
import { strataDirectory } from "./fixture.ts";

type Body = Record<string, unknown>;
type Edit = (body: Body, url: URL) => void;

async function start(context: TestContext, edit: Edit, pageSize = 2) {
  const strata = await startStrata({ pageSize });
  context.after(() => strata.close());
  const directory = openDirectory("strata", {
    ...strataDirectory(strata, 4),
    id: "firewalls",
    secretVersion: "1",
    fetch: editing(fetch, edit),
    clock: Date.now,
  });
  const list = async () => {
    const first = await directory.page(undefined, never);
    return [...first.subjects, ...(await directory.page(first.next, never)).subjects];
  };
  return { strata, directory, list };
}

const rowsOf = ({ data }: Body): Body[] => (Array.isArray(data) ? data : []);
const isList = ({ pathname }: URL, name: string) => pathname.endsWith(`/${name}`);
const serverOf = (row: Body): Body => Object.values(row.mfa_vendor_type ?? {})[0] ?? {};

describe("null, an empty text and nothing are one thing", () => {
  const edits: [title: string, edit: Edit][] = [
    [
      "numbers of a list as text",
      (body) => Object.assign(body, { total: "4", limit: "2", offset: String(body.offset) }),
    ],
    ["a list without numbers but its total", (body) => Object.assign(body, { limit: null, offset: "" })],
  ];
  for (const value of [null, "", undefined]) {
    const written = JSON.stringify(value);
    edits.push(
      [
        `the other locations are ${written}`,
        (body) => rowsOf(body).map((row) => Object.assign(row, { snippet: value, device: value })),
      ],
      [
        `other kinds are ${written}`,
        (body) => rowsOf(body).map(({ mfa_vendor_type: type }) => type && Object.assign(type, { other_v9: value })),
      ],
      [`what has a default is ${written}`, (body) => rowsOf(body).map((row) => setDefaults(serverOf(row), value))],
    );
  }
  for (const [title, edit] of edits) {
    test(title, async (context) => {
      const { list } = await start(context, (body, url) => {
        if (isList(url, "mfa-servers")) edit(body, url);
      });
      const subjects = await list();
      assert.deepEqual(
        subjects.map(({ profile }) => [profile?.wanted, profile?.present, profile?.differs]),
        Array(4).fill([true, true, []]),
      );
    });
  }

  for (const value of [null, "", undefined])
    test(`an authentication profile that says ${JSON.stringify(value)} asks for nothing, and hides nothing`, async (context) => {
      const { strata, list } = await start(context, (body, url) => {
        if (!isList(url, "authentication-profiles")) return;
        const [first, second] = rowsOf(body);
        if (first) first.multi_factor_auth = value;
        if (second) second.multi_factor_auth = { mfa_enable: value, factors: value };
      });
      strata.authenticationProfiles.push({ name: "more", folder: "Mobile Users" });
      for (const { profile } of await list()) assert.deepEqual(profile?.used, { known: true, value: false });
    });
});

function setDefaults(server: Body, value: unknown): void {
  for (const field of Object.keys(server)) if (/_(timeout|baseuri)$/.test(field)) server[field] = value;
}

describe("what nobody has foreseen", () => {
  test("a server of an unknown kind makes that one profile unknown, and it is not written", async (context) => {
    const { list, directory } = await start(context, (body, url) => {
      const row = rowsOf(body).find(({ name }) => name === "duo-0");
      if (isList(url, "mfa-servers") && row) row.mfa_vendor_type = { duo_security_v3: { duo_api_host: "x" } };
    });
    const [duo, ...others] = await list();
    assert.match(duo?.profile?.unreadable ?? "", /kind that this version does not know/);
    for (const { profile } of others) assert.deepEqual([profile?.unreadable, profile?.differs], [undefined, []]);
    assert.deepEqual((await directory.read("Mobile Users/duo-0", never))?.profile, duo?.profile);
  });

  for (const id of [null, "", 7, "no-uuid"])
    test(`a profile with the id ${JSON.stringify(id)} spoils no list, and cannot be changed`, async (context) => {
      const { list, directory } = await start(context, (body, url) => {
        const [row] = rowsOf(body);
        if (isList(url, "mfa-servers") && row) row.id = id;
      });
      const [first] = await list();
      assert.ok(first?.profile?.present);
      await assert.rejects(directory.enforce?.(first, never) ?? assert.fail(), { message: /without an id/ });
    });

  test("a job that cannot be read spoils no list, and one that came of ours is waited for", async (context) => {
    let unreadable: Body = {};
    const { strata, directory } = await start(context, (body, url) => {
      if (isList(url, "jobs")) rowsOf(body).push(unreadable);
    });
    strata.setPushBehavior({ looks: 0, children: 0 });
    const { publish = assert.fail() } = directory;
    const job = await publish.start([], never);
    unreadable = { id: {}, parent_id: null, status_str: null };
    const state = await publish.poll(job, never);
    assert.ok(!state.done && state.seen !== undefined, "an unrelated job kept it from ending");
    unreadable = { id: {}, parent_id: Number(job), status_str: "ACT", result_str: "PEND" };
    assert.deepEqual(await publish.poll(job, never), { done: false });
  });

  for (const answer of [
    { success: null, job_id: 101 },
    { success: "", job_id: "101", message: null },
  ])
    test(`a push that is answered ${JSON.stringify(answer)} has begun`, async (context) => {
      const { directory } = await start(context, (body, url) => {
        if (url.pathname.endsWith("candidate:push")) Object.assign(body, answer);
      });
      assert.equal(await directory.publish?.start([], never), "101");
    });
});
