/** The hashes of the manifests prove their order: a clock that was set back between two sweeps does not make evidence fail. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { folderEvidence } from "../../bench/shared/evidence-stores.ts";
import { merkleRoot } from "../../lib/evidence/merkle.ts";
import { verify } from "../../verify/verify.mjs";
import { type Audited, audited, signal } from "../evidence/folder.ts";
import { EVERYONE, startWorld } from "../world.ts";
import { forgeManifest, noteCodes, runFolder } from "./tamper.ts";

let whole: Audited;
before(async () => {
  whole = await audited();
});
after(() => whole.close());

test("a clock that was set back by four minutes between two complete sweeps is a note", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "warden-clock-"));
  const world = await startWorld({ accounts: 5 });
  context.after(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const evidence = folderEvidence(folder);
  await world.sweep("plan", EVERYONE, { evidence });
  world.time.ahead = -4 * 60_000;
  const { only } = await world.sweep("plan", EVERYONE, { evidence });
  const head = only.manifest ?? "";
  const result = await verify({ folder, keys: [await world.signer.publicKey(signal)], heads: [head] });
  assert.deepEqual([result.faults, result.verified, result.anchored], [[], true, true]);
  assert.equal(result.chains[0]?.head.hash, head);
  assert.deepEqual(noteCodes(result), ["clock", "self-signed"]);
});

test("a clock that was set back by years is a note as well, also where the newest run has the earlier time", async () => {
  const folder = whole.copy();
  const path = join(runFolder(whole, folder, 3), "manifest.json");
  await forgeManifest(whole, path, () => ({ endedAt: "2020-01-01T00:00:00.000Z" }));
  const result = await verify({ folder, keys: [whole.key] });
  assert.deepEqual(result.faults, []);
  assert.equal(result.chains[0]?.head.run, whole.runs[3]);
  assert.deepEqual(noteCodes(result), ["clock", "not anchored", "self-signed"]);
});

test("of two runs that follow the same one, the expected head is the newest, whatever their clocks say", async () => {
  const folder = whole.copy();
  const died = join(folder, "runs", "01DIED", "workforce");
  cpSync(runFolder(whole, folder, 3), died, { recursive: true });
  const own = ({ key }: { key: string }) => key.replace(whole.runs[3] ?? "", "01DIED");
  const rename = <T extends { key: string }>(file: T) => ({ ...file, key: own(file) });
  await forgeManifest(whole, join(died, "manifest.json"), ({ policyFile, parts, changeLog }) => {
    const moved = parts.map(({ pages, ids }) => ({ pages: pages.map(rename), ids: rename(ids) }));
    const files = [policyFile, ...moved.flatMap(({ pages, ids }) => [...pages, ids]), ...changeLog.map(rename)];
    return {
      run: "01DIED",
      endedAt: "2099-01-01T00:00:00.000Z",
      parts: moved,
      changeLog: changeLog.map(rename),
      root: merkleRoot(files),
    };
  });
  const result = await verify({ folder, keys: [whole.key], heads: [whole.head] });
  assert.deepEqual([result.faults, result.anchored], [[], true]);
  assert.deepEqual(
    result.notes.filter(({ code }) => code === "aside").map(({ where }) => where),
    ["runs/01DIED/workforce/manifest.json"],
  );
});
