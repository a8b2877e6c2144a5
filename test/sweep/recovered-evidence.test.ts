/** What a run had finished when it died is in the evidence: sealed by the run that settles it, in the chain and in its report. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { folderEvidence } from "../../bench/shared/evidence-stores.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Ledger } from "../../lib/model/index.ts";
import { formatsWith, writeReport } from "../../lib/report/index.ts";
import { verify } from "../../verify/verify.mjs";
import { packedFrom } from "../cli/archive.ts";
import { signal } from "../evidence/folder.ts";
import { EVERYONE, type World } from "../world.ts";
import { changeCalls, codesOf, inKnownWorld, WORKFORCE } from "./known-world.ts";

const OFF = [2, 5, 9, 14];

/** A ledger that can be written only until so many changes have ended. */
function dyingLedger({ ledger }: World, changes: number): Ledger {
  let left = changes;
  const down = () => Promise.reject(new WardenError("ERR_LEDGER_UNAVAILABLE", "The ledger is down."));
  return {
    ...ledger,
    completeClaim: (...ended) => (left-- > 0 ? ledger.completeClaim(...ended) : down()),
    saveDirectory: (record) => (left < 0 && record.status !== "running" ? down() : ledger.saveDirectory(record)),
  };
}

const inWorldWithFolder = (body: (world: World, folder: string) => Promise<void>) =>
  inKnownWorld(
    async (world) => {
      const folder = mkdtempSync(join(tmpdir(), "warden-recovered-"));
      try {
        await body(world, folder);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { off: OFF },
  );

async function reportOf(world: World, evidence: ReturnType<typeof folderEvidence>, run: string) {
  const files = new Map<string, string>();
  const store = async (file: string, _: string, body: AsyncIterable<Uint8Array>) => {
    files.set(file, (await buffer(body)).toString());
  };
  const ports = { ledger: world.ledger, evidence, clock: Date.now };
  await writeReport(ports, { run, prepare: () => ({ formats: formatsWith({}), store }) }, signal);
  return { page: files.get("report.html") ?? "", csv: files.get("population.csv") ?? "" };
}

test("the changes of a run that died are in a signed manifest, which the next one follows, and in its report", () =>
  inWorldWithFolder(async (world, folder) => {
    const evidence = folderEvidence(folder);
    const dead = await world.sweep("enforce", EVERYONE, { evidence, ledger: dyingLedger(world, 2) });
    assert.equal(dead.status, "failed");
    const madeBefore = changeCalls(world).length;
    assert.ok(madeBefore >= 2);
    const unsettled = await reportOf(world, evidence, dead.run);
    assert.doesNotMatch(unsettled.page, /No change was needed or tried/);
    assert.match(unsettled.page, /Whether anything was changed in workforce is not known/);
    assert.doesNotMatch(unsettled.page, /<p>Nobody\.<\/p>/);

    world.time.ahead += 3_000;
    const next = await world.sweep("enforce", EVERYONE, { evidence });
    assert.equal(next.status, "completed");
    const record = (await world.ledger.readRun(dead.run))?.directories[0];
    assert.ok(record?.manifest);
    assert.deepEqual(codesOf(record), ["ERR_RUN_DIED"]);
    assert.ok(record.changes.enforced >= madeBefore);

    const keys = [await world.signer.publicKey(signal)];
    const checked = await verify({ folder, keys, heads: [next.only.manifest ?? ""] });
    assert.deepEqual([checked.faults, checked.anchored, checked.chains[0]?.runs], [[], true, 2]);
    const { page, csv } = await reportOf(world, evidence, dead.run);
    const rows = csv.split("\r\n").filter((line) => line.includes(",enforced,"));
    assert.equal(rows.length, record.changes.enforced);
    assert.match(csv, /INCOMPLETE/);
    assert.match(page, /<h1[^>]*><span class="say">(Nobody can say|No, as far as was read)\./);
    assert.doesNotMatch(page, /No change was needed or tried/);
  }));

test("a pack of a run that died, once it is settled, verifies with what the run had finished", () =>
  inWorldWithFolder(async (world, folder) => {
    const evidence = folderEvidence(folder);
    const dead = await world.sweep("enforce", EVERYONE, { evidence, ledger: dyingLedger(world, 2) });
    world.time.ahead += 3_000;
    await world.sweep("enforce", EVERYONE, { evidence });
    const record = (await world.ledger.readRun(dead.run))?.directories[0] ?? assert.fail();
    const reports = () => ({ stream: async () => {}, place: folder });
    const { ledger, signer } = world;
    const archive = await packedFrom({ ledger, evidence, signer, reports, place: folder }, dead.run);
    try {
      const keys = [readFileSync(join(archive.at, "public-key.pem"), "utf8")];
      const { fingerprint, heads } = archive.made;
      const expected = { expectedKeys: [fingerprint], heads, from: record.sealedAs ?? dead.run, pack: true };
      const { faults, anchored, pack } = await verify({ folder: archive.at, keys, ...expected });
      assert.deepEqual([faults, anchored, pack?.run], [[], true, dead.run]);
      const changes = readFileSync(join(archive.at, "changes.jsonl"), "utf8").split("\n");
      assert.equal(changes.filter((line) => line.includes('"outcome":"enforced"')).length, record.changes.enforced);
    } finally {
      rmSync(archive.folder, { recursive: true, force: true });
    }
  }));

test("a claim that a run left open, and that ended after its own manifest, is sealed by the run that settles it", () =>
  inWorldWithFolder(async (world, folder) => {
    const evidence = folderEvidence(folder);
    const down = new WardenError("ERR_LEDGER_UNAVAILABLE", "The ledger is down.");
    const ledger = { ...world.ledger, completeClaim: () => Promise.reject(down) };
    const broken = await world.sweep("enforce", EVERYONE, { evidence, ledger });
    assert.ok(broken.only.manifest);
    world.time.ahead += 3_000;
    const next = await world.sweep("enforce", EVERYONE, { evidence });
    assert.equal(next.status, "completed");
    const settled = (await Array.fromAsync(world.ledger.listChanges(broken.run, WORKFORCE))).flat();
    assert.ok(settled.some(({ outcome }) => outcome === "enforced"));
    const keys = [await world.signer.publicKey(signal)];
    const checked = await verify({ folder, keys, heads: [next.only.manifest ?? ""] });
    assert.deepEqual([checked.faults, checked.anchored, checked.chains[0]?.runs], [[], true, 3]);
    assert.equal((await world.ledger.readRun(broken.run))?.directories[0]?.manifest, broken.only.manifest);
  }));

test("a settling run that dies itself after it sealed leaves a whole chain", () =>
  inWorldWithFolder(async (world, folder) => {
    const evidence = folderEvidence(folder);
    await world.sweep("enforce", EVERYONE, { evidence, ledger: dyingLedger(world, 2) });
    world.time.ahead += 3_000;
    const down = new WardenError("ERR_LEDGER_UNAVAILABLE", "The ledger is down.");
    const ledger = {
      ...world.ledger,
      markRunRecovered: () => Promise.reject(down),
      saveDirectory: world.ledger.saveDirectory,
      releaseLease: () => Promise.reject(down),
    };
    await world.sweep("enforce", EVERYONE, { evidence, ledger });
    world.time.ahead += 3_000;
    const last = await world.sweep("enforce", EVERYONE, { evidence });
    assert.equal(last.status, "completed");
    const keys = [await world.signer.publicKey(signal)];
    const { faults } = await verify({ folder, keys, heads: [last.only.manifest ?? ""] });
    assert.deepEqual(faults, []);
  }));
