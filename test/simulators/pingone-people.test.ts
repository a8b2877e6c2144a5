/** The people of the simulated PingOne are as varied as those of a real company, and the same for the same seed. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Client, first, idsOf, noon, open } from "./pingone-client.ts";

describe("people", () => {
  test("are the same for the same seed and number, and others for another seed", async (context) => {
    const [one, same, other] = await Promise.all([7, 7, 8].map((seed) => open(context, { seed, accounts: 300 })));
    assert.deepEqual(await one?.walk(), JSON.parse(JSON.stringify(await same?.walk()).replaceAll(...swap(same, one))));
    assert.notDeepEqual(idsOf((await one?.walk()) ?? []), idsOf((await other?.walk()) ?? []));
    assert.deepEqual(one?.pingone.populations, same?.pingone.populations);
  });

  test("are found by their id, and by nothing that only looks like it", async (context) => {
    const { pingone } = await open(context, { accounts: 5000 });
    for (let index = 0; index < 5000; index += 7) {
      const { id } = pingone.account(index);
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(pingone.find(id)?.index, index);
      assert.equal(pingone.find(id.replace(/.$/, (last) => (last === "0" ? "1" : "0"))), undefined);
    }
  });

  test("are spread evenly over as many populations as are asked for", async (context) => {
    const { pingone } = await open(context, { accounts: 4000, equalPopulations: 400 });
    const ids = pingone.populations.map(({ id }) => id);
    assert.equal(new Set([...ids, ...pingone.groups.map(({ id }) => id)]).size, 402);
    const all = Array.from({ length: 4000 }, (_, index) => pingone.account(index).population);
    for (const id of ids) assert.equal(all.filter((population) => population === id).length, 10);
  });

  test("come in the shares that a real company has", async (context) => {
    const { pingone } = await open(context, { accounts: 20_000 });
    const all = Array.from({ length: 20_000 }, (_, index) => pingone.account(index));
    const share = (holds: (user: (typeof all)[number]) => boolean) => all.filter(holds).length / all.length;
    const near = (actual: number, wanted: number) =>
      assert.ok(Math.abs(actual - wanted) < wanted / 5 + 0.004, `${actual}`);
    const usable = ({ devices }: (typeof all)[number]) => devices.some((d) => d.status === "ACTIVE" && !d.block);
    for (const [n, wanted] of [0.85, 0.12, 0.03].entries()) {
      near(
        share(({ population }) => population === pingone.populations[n]?.id),
        wanted,
      );
    }
    near(
      share(({ enabled }) => !enabled),
      0.02,
    );
    near(
      share(({ mfaEnabled }) => mfaEnabled),
      0.9,
    );
    near(
      share(({ groups }) => groups.includes(pingone.groups[0]?.id ?? "")),
      0.01,
    );
    near(
      share(({ createdAt }) => Date.parse(createdAt) > noon - 5.5 * 86_400_000),
      0.01,
    );
    near(share(usable), 0.92);
    assert.ok(share(({ devices }) => devices[0]?.status === "ACTIVATION_REQUIRED") > 0.01);
    assert.ok(share(({ devices }) => devices[0]?.block?.status === "BLOCKED") > 0.01);
    const administrators = all.filter(({ population }) => population === pingone.populations[2]?.id);
    assert.ok(
      administrators.filter(({ devices }) => devices[0]?.type === "FIDO2").length > administrators.length * 0.7,
    );
    assert.ok(administrators.every(({ email }) => email.endsWith("-adm@example.com")));
  });

  test("have every kind of awkward name among the first forty, and some later", async (context) => {
    const { pingone, walk } = await open(context, { accounts: 2000 });
    const names: string[] = (await walk()).map(({ username }) => username);
    const kinds = [
      /\p{Emoji_Presentation}/u,
      /[\u202E\u200F]/,
      /\n/,
      /^.{300}$/s,
      /^__proto__/,
      { test: (name: string) => name.includes("\u001b[") },
    ];
    for (const kind of kinds)
      assert.ok(
        names.slice(0, 40).some((name) => kind.test(name)),
        String(kind),
      );
    const later = names.slice(40).filter((name) => kinds.some((kind) => kind.test(name)));
    assert.ok(later.length >= names.length / 500);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.includes("__proto__"));
    assert.equal(names[5], pingone.account(5).username);
  });

  test("show their groups only when asked for", async (context) => {
    const { pingone, read } = await open(context);
    const [group] = pingone.groups;
    pingone.change(first(pingone), { groups: [group?.id ?? ""] });
    assert.equal((await read(`/users/${first(pingone)}`)).memberOfGroupIDs, undefined);
    assert.deepEqual((await read(`/users/${first(pingone)}?include=memberOfGroupIDs`)).memberOfGroupIDs, [group?.id]);
    assert.equal((await read(`/groups/${group?.id}`)).name, group?.name);
  });

  test("fill no memory: a hundred thousand are read in less than 100 MB", async (context) => {
    const { read } = await open(context, { accounts: 100_000 });
    const before = process.memoryUsage().heapUsed;
    let seen = 0;
    let peak = 0;
    for (let next = "/users"; next; ) {
      const page = await read(next);
      seen += page.size;
      next = page._links.next?.href;
      if (seen % 20_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    assert.equal(seen, 100_000);
    assert.ok(peak < 100 * 1024 * 1024, `${peak}`);
  });
});

function swap(from: Client | undefined, to: Client | undefined): [string, string] {
  return [from?.pingone.endpoints.auth ?? "", to?.pingone.endpoints.auth ?? ""];
}
