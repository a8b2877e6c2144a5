/** Of a directory that was listed part by part, the verifier checks each part: none can be forged or left out, not even by who has the key. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { folderEvidence } from "../../bench/shared/evidence-stores.ts";
import { merkleRoot } from "../../lib/evidence/merkle.ts";
import type { SweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import { describe as tell, verify } from "../../verify/verify.mjs";
import type { Audited } from "../evidence/folder.ts";
import { inShardedWorld, SHARDED } from "../sweep/sharded-world.ts";
import { EVERYONE } from "../world.ts";
import { faultCodes, forgeManifest } from "./tamper.ts";

const signal = AbortSignal.timeout(120_000);
const base = mkdtempSync(join(tmpdir(), "warden-shards-"));
after(() => rmSync(base, { recursive: true, force: true }));

let run = "";
let key = "";
let signer: Audited;
before(() =>
  inShardedWorld(
    async (world) => {
      const evidence = folderEvidence(join(base, "evidence"));
      const swept = await world.sweep("plan", EVERYONE, { ...SHARDED, evidence });
      assert.equal(swept.only.shards?.count, 3);
      run = swept.run;
      key = await world.signer.publicKey(signal);
      signer = { sign: (bytes: Uint8Array) => world.signer.sign(bytes, signal) } as Audited;
    },
    { off: [] },
  ),
);

type Totals = NonNullable<SweepManifest["shardTotals"]>;

/** The totals of the parts, the first one changed. */
const withFirst = ({ shardTotals = [] }: SweepManifest, change: Partial<Totals[number]>) => ({
  shardTotals: shardTotals.map((total, index) => (index === 0 ? { ...total, ...change } : total)),
});

/** Everything that tells of the first part is gone, and the counts fit what is left. */
function withoutFirst({ shardTotals = [], parts, policyFile, changeLog, verdicts, read }: SweepManifest) {
  const left = parts.slice(1);
  const files = [policyFile, ...left.flatMap(({ pages, ids }) => [...pages, ids]), ...changeLog];
  const [, second] = shardTotals;
  return {
    parts: left,
    shardTotals: shardTotals.slice(1),
    shards: { count: 2, longest: { id: second?.id ?? "", accounts: 20 } },
    read: read - 20,
    verdicts: { ...verdicts, compliant: verdicts.compliant - 20 },
    root: merkleRoot(files),
  };
}

/** The second part's pages are said to be of the first. */
const relabelled = ({ parts }: SweepManifest) => ({
  parts: parts.map((part, index) => (index === 1 ? { ...part, shard: parts[0]?.shard } : part)),
});

const FORGERIES: readonly [string, (manifest: SweepManifest) => object, RegExp][] = [
  ["a part is left out", withoutFirst, /its parts had 40 accounts.* counted 60/],
  [
    "a part is left out of the counts alone",
    ({ shardTotals = [] }) => ({ shardTotals: shardTotals.slice(1) }),
    /pages of part ".*", and no counts/,
  ],
  ["no part is counted", () => ({ shardTotals: undefined, shards: undefined }), /no counts of/],
  ["a part is said to have been smaller", (manifest) => withFirst(manifest, { before: 10 }), /had 50 accounts/],
  ["a part is said to have grown", (manifest) => withFirst(manifest, { after: 30 }), /had 70 accounts/],
  ["a part is said to have more rows", (manifest) => withFirst(manifest, { read: 21 }), /21 rows of part.* hold 20/],
  ["pages of one part are put to another", relabelled, /20 rows of part.* hold 40/],
  [
    "a part is counted twice",
    ({ shardTotals = [] }) => ({ shardTotals: [...shardTotals, ...shardTotals.slice(0, 1)] }),
    /one part twice/,
  ],
  [
    "the longest part is said to be another",
    ({ shards }) => ({ shards: { ...shards, longest: { id: "", accounts: 5 } } }),
    /longest of 5/,
  ],
  ["the vendor is said to have counted more", () => ({ totals: [60, 61] }), /counted 61 and claimed 60/],
];

test("what a sweep of parts has written is verified", async () => {
  const result = await verify({ folder: join(base, "evidence"), keys: [key] });
  assert.deepEqual([result.verified, result.faults, result.rows], [true, [], 60]);
});

for (const [says, change, found] of FORGERIES)
  test(`it is a fault, though signed with the very key, when ${says}`, async () => {
    const copy = mkdtempSync(join(base, "copy-"));
    cpSync(join(base, "evidence"), copy, { recursive: true });
    await forgeManifest(signer, join(copy, "runs", run, "workforce", "manifest.json"), change);
    const result = await verify({ folder: copy, keys: [key] });
    assert.deepEqual(faultCodes(result), ["shards"], tell(result).join("\n"));
    assert.match(result.faults.map(({ text }) => text).join("\n"), found);
  });

test("pages of parts without counts are no fault where the directory was not read whole", async () => {
  const copy = mkdtempSync(join(base, "copy-"));
  cpSync(join(base, "evidence"), copy, { recursive: true });
  await forgeManifest(signer, join(copy, "runs", run, "workforce", "manifest.json"), () => ({
    status: "incomplete",
    shardTotals: undefined,
    shards: undefined,
  }));
  assert.deepEqual((await verify({ folder: copy, keys: [key] })).faults, []);
});
