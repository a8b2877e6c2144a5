/** A sweep keeps what accounts are joined by with those of other directories, and never an address. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { WardenError } from "../../lib/errors.ts";
import { type EvidenceRow, loadFile, loadPage, readSweepManifest } from "../../lib/evidence/index.ts";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const KEY = new TextEncoder().encode("a key of this deployment, 32 letters");
const PEOPLE = `${EVERYONE}people: { by: [email, username] }\n`;
let world: World;
before(async () => {
  world = await startWorld({ accounts: 25, pageSize: 10 });
});
after(() => world.close());

async function swept(yaml: string, readPeopleKey?: () => Promise<Uint8Array>) {
  const { run, only } = await world.sweep("plan", yaml, readPeopleKey && { readPeopleKey });
  const manifest = await readSweepManifest(world.evidence, run, "workforce", only.manifest);
  const pages = manifest.parts.flatMap((part) => part.pages);
  const rows: EvidenceRow[] = (await Promise.all(pages.map((page) => loadPage(world.evidence, page)))).flat();
  return { only, manifest, rows, pages };
}

/** But the note that the policy names no break-glass account. */
const codesOf = ({ problems }: DirectoryRecord) =>
  problems.map(({ code }) => code).filter((code) => code !== "ERR_BREAK_GLASS");

describe("with `people` in the policy", () => {
  test("each row says what it is joined by, the same from sweep to sweep, and no file holds an address", async () => {
    world.vendor.change(world.vendor.account(3).id, { username: "somebody", email: "Hidden.Address@Example.com" });
    const first = await swept(PEOPLE, async () => KEY);
    assert.deepEqual([first.only.status, codesOf(first.only)], ["completed", []]);
    assert.match(first.manifest.people ?? "", /^[\w-]{16}$/);
    for (const { person } of first.rows) assert.deepEqual(Object.keys(person ?? {}), ["email", "username"]);
    assert.equal(new Set(first.rows.map(({ person }) => person?.email)).size, 25);
    for (const page of first.pages) {
      const text = JSON.stringify(await loadPage(world.evidence, page));
      assert.doesNotMatch(text, /hidden.address/i);
      assert.ok((await loadFile(world.evidence, page)).length > 0);
    }
    const second = await swept(PEOPLE, async () => KEY);
    assert.equal(second.manifest.people, first.manifest.people);
    assert.deepEqual(
      second.rows.map(({ person }) => person),
      first.rows.map(({ person }) => person),
    );
  });

  test("a key that cannot be read is a note: everybody is judged, nobody is joined", async () => {
    const { only, manifest, rows } = await swept(PEOPLE, () =>
      Promise.reject(new WardenError("ERR_SECRET_MISSING", "There is none.")),
    );
    assert.equal(only.status, "completed");
    assert.deepEqual(codesOf(only), ["ERR_PEOPLE_KEY"]);
    assert.deepEqual([manifest.people, rows.filter(({ person }) => person).length, rows.length], [undefined, 0, 25]);
  });

  test("user names alone need no key", async () => {
    const { only, manifest, rows } = await swept(`${EVERYONE}people: { by: [username] }\n`);
    assert.deepEqual([codesOf(only), typeof manifest.people], [[], "string"]);
    for (const { person } of rows) assert.deepEqual(Object.keys(person ?? {}), ["username"]);
  });

  test("without it no row says anything of it", async () => {
    const { manifest, rows } = await swept(EVERYONE);
    assert.equal(manifest.people, undefined);
    assert.ok(rows.every((row) => !("person" in row)));
  });
});
