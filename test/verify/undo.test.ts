/** An auditor sees of what was put back who approved it, and whether that is so. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { folderEvidence } from "../../bench/shared/evidence-stores.ts";
import { describe as tell, verify } from "../../verify/verify.mjs";
import type { Audited } from "../evidence/folder.ts";
import { afterSweep, approve, JANE, OFF, planUndo } from "../sweep/undoing.ts";
import { faultCodes, forgeManifest } from "./tamper.ts";

const signal = AbortSignal.timeout(60_000);

test("what was put back is in the signed change log with its approval; without one it is a fault", async () => {
  const base = mkdtempSync(join(tmpdir(), "warden-undo-"));
  const evidence = folderEvidence(join(base, "evidence"));
  try {
    await afterSweep(
      async (world, run) => {
        const planned = await planUndo(world, { run }, { evidence });
        const applied = await approve(world, planned.run, { evidence });
        const keys = [await world.signer.publicKey(signal)];
        const whole = await verify({ folder: join(base, "evidence"), keys });
        assert.deepEqual(faultCodes(whole), [], tell(whole).join("\n"));

        const folder = join("runs", applied.run, "workforce");
        const read = (name: string) => readFileSync(join(base, "evidence", folder, name));
        const { approval, undoes } = JSON.parse(read("manifest.json").toString());
        assert.deepEqual([approval.by, approval.run, undoes], [JANE.by, planned.run, run]);
        const log = gunzipSync(read("changes-00000.ndjson.gz")).toString().trim().split("\n");
        const reverts = log.map((line) => JSON.parse(line).revert);
        assert.deepEqual(
          reverts.map((revert) => [revert.run, revert.to.enabled, revert.approvedBy]),
          OFF.map(() => [run, false, JANE.by]),
        );

        for (const approval of [undefined, { ...JANE, by: "omar@laptop" }]) {
          const copy = mkdtempSync(join(base, "copy-"));
          cpSync(join(base, "evidence"), copy, { recursive: true });
          const forger = { sign: (bytes: Uint8Array) => world.signer.sign(bytes, signal) } as Audited;
          await forgeManifest(forger, join(copy, folder, "manifest.json"), () => ({ approval }));
          const result = await verify({ folder: copy, keys });
          assert.deepEqual(faultCodes(result), ["unapproved"], tell(result).join("\n"));
        }
      },
      { evidence },
    );
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
