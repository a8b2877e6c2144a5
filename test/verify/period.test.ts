/** An archive of a period: its verifier makes the counts of each sweep again, and finds what the report left out. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { unzipSync } from "fflate";
import { folderStore } from "../../cli/report/folder.ts";
import type { Packed } from "../../cli/report/pack.ts";
import type { PackManifest } from "../../cli/report/pack-manifest.ts";
import { writePeriodPack } from "../../cli/report/pack-period.ts";
import { signManifest } from "../../lib/evidence/index.ts";
import { writePeriodReport } from "../../lib/report/index.ts";
import { describe as tell, verify } from "../../verify/verify.mjs";
import { node } from "../cli/archive.ts";
import { account, beginLife, type Life } from "../report/period-life.ts";
import { faultCodes } from "./tamper.ts";

const signal = AbortSignal.timeout(120_000);
const folder = mkdtempSync(join(tmpdir(), "warden-period-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface UnpackedPeriod {
  readonly at: string;
  readonly made: Packed;
}

/** Sweeps on twelve days, one of them not whole, and a gap of three days; an event between two sweeps. */
async function live(): Promise<Life & { readonly runs: readonly string[] }> {
  const life = await beginLife();
  const runs: string[] = [];
  for (const day of [0, 1, 2, 3, 4, 5, 9, 10, 11]) {
    life.at(day, 6);
    runs.push(await life.world.sweep(day !== 4));
    life.at(day, 9);
    life.accounts.set("p25", account(false));
    if (day === 2) await life.world.event("p25");
  }
  life.at(12, 0);
  return { ...life, runs };
}

let packs = 0;
async function pack({ ports, world }: Life, from: string, to: string): Promise<UnpackedPeriod> {
  const place = join(folder, `report-${packs}`);
  const written = await writePeriodReport(
    ports,
    { from, to, formats: ["csv"], storeFor: () => folderStore(place) },
    signal,
  );
  const file = join(folder, `${packs}.zip`);
  const at = join(folder, `unpacked-${packs++}`);
  const made = await writePeriodPack(file, { ...ports, signer: world.signer }, { ...written, place, page: "" }, signal);
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file)))) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), bytes);
  }
  return { at, made };
}

const check = ({ at, made }: UnpackedPeriod) =>
  verify({
    folder: at,
    keys: [readFileSync(join(at, "public-key.pem"), "utf8")],
    expectedKeys: [made.fingerprint],
    heads: made.heads,
    pack: true,
  });

/** Writes another period.json, and signs the list of files anew, as whoever has the key could. */
async function say({ at }: UnpackedPeriod, { world }: Life, change: (said: Said) => void): Promise<void> {
  const file = join(at, "report/period.json");
  const said: Said = JSON.parse(readFileSync(file, "utf8"));
  change(said);
  writeFileSync(file, JSON.stringify(said));
  const list: PackManifest = JSON.parse(readFileSync(join(at, "pack-manifest.json"), "utf8"));
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  const files = list.files.map((one) => (one.path === "report/period.json" ? { ...one, sha256 } : one));
  const signed: PackManifest = { ...list, files };
  const { bytes, signature } = await signManifest(world.signer, signed, signal);
  writeFileSync(join(at, "pack-manifest.json"), bytes);
  writeFileSync(join(at, "pack-manifest.json.sig"), signature);
}

interface Said {
  gaps: unknown[];
  hours: unknown[];
  sweeps: { after: Record<string, number>; verdicts: Record<string, number>; isWhole: boolean }[];
}

describe("an archive of a period", () => {
  test("is verified from its first sweep on, with every row counted again, by plain Node as well", async () => {
    const packed = await pack(await live(), "2026-01-03", "2026-01-11");
    const result = await check(packed);
    assert.deepEqual(result.faults, []);
    assert.deepEqual([result.anchored, result.partial], [true, true]);
    assert.deepEqual(result.pack?.period, { from: "2026-01-03", to: "2026-01-11" });
    assert.equal(result.rows, 6 * 30);
    assert.match(tell(result).join("\n"), /archive of 2026-01-03 to 2026-01-11: its signed list/);
    const { fingerprint, heads } = packed.made;
    const question = [
      "--pack",
      "--key",
      "public-key.pem",
      "--expect-key",
      fingerprint,
      "--expect-head",
      heads.join(","),
    ];
    const plain = await node(packed.at, "verify.mjs", ".", ...question);
    assert.equal(plain.code, 0, plain.stdout);
    assert.match(plain.stdout, /^VERIFIED, earlier runs not included: 6 manifests/);
    assert.match(readFileSync(join(packed.at, "README.txt"), "utf8"), /6 sweeps of a directory, 2 gaps/);
  });

  test("fails where its report says other counts than the rows, or leaves out a sweep or a gap", async () => {
    const life = await live();
    const lies: [string, (said: Said) => void, RegExp][] = [
      ["after", ({ sweeps }) => Object.assign(sweeps[0]?.after ?? {}, { violating: 7 }), /says 7 violating \(after\)/],
      ["rows", ({ sweeps }) => Object.assign(sweeps[0]?.verdicts ?? {}, { compliant: 0 }), /says 0 compliant \(verd/],
      ["left out", ({ sweeps }) => sweeps.pop(), /leaves out \S+ of workforce/],
      [
        "whole",
        ({ sweeps }) => Object.assign(sweeps[4] ?? {}, { isWhole: true }),
        /read everybody\. Its manifest says/,
      ],
      ["gap", (said) => Object.assign(said, { gaps: [] }), /names no gap of workforce from 2026-01-06T06/],
    ];
    for (const [name, lie, says] of lies) {
      const packed = await pack(life, "2026-01-01", "2026-01-12");
      await say(packed, life, lie);
      const result = await check(packed);
      assert.deepEqual([...new Set(faultCodes(result))], ["period"], name);
      assert.match(result.faults.map(({ text }) => text).join("\n"), says, name);
    }
  });

  test("fails where evidence within it is gone, and says which sweep's counts are the ledger's", async () => {
    const life = await live();
    life.meddled.set(`runs/${life.runs[1]}/workforce/manifest.json`, undefined);
    const packed = await pack(life, "2026-01-01", "2026-01-12");
    const result = await check(packed);
    assert.ok(faultCodes(result).includes("missing-run"));
    assert.match(
      result.notes.map(({ text }) => text).join("\n"),
      new RegExp(`evidence of run ${life.runs[1]} of workforce is missing: its counts are the ledger's`),
    );
  });
});
