/** The root over stored files: as the standard defines it, and different for any other files. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { merkleRoot } from "../../lib/evidence/merkle.ts";
import type { StoredFile } from "../../lib/evidence/page-file.ts";

const sha = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const files: fc.Arbitrary<StoredFile[]> = fc.array(
  fc.record({ key: fc.string(), sha256: fc.stringMatching(/^[0-9a-f]{64}$/), count: fc.nat() }),
  { maxLength: 40 },
);
const leaf = ({ key, sha256, count }: StoredFile) =>
  sha(Buffer.of(0), Buffer.from(JSON.stringify([key, sha256, count])));

/** Level by level, an odd one out moves up: another way to the same tree. */
function climb(level: Buffer[]): Buffer {
  if (level.length <= 1) return level[0] ?? sha();
  const next: Buffer[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i], level[i + 1]];
    if (left) next.push(right ? sha(Buffer.of(1), left, right) : left);
  }
  return climb(next);
}

test("it is the tree of RFC 9162, whatever the number of files", () => {
  fc.assert(fc.property(files, (some) => assert.equal(merkleRoot(some), climb(some.map(leaf)).toString("hex"))));
});

test("of no file it is the hash of nothing, as the standard says", () => {
  assert.equal(merkleRoot([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("any change of a file changes it", () => {
  fc.assert(
    fc.property(files, fc.nat(), fc.constantFrom("key", "sha256", "count"), (some, at, field) => {
      fc.pre(some.length > 0);
      const index = at % some.length;
      const changed = some.map((file, i) =>
        i === index ? { ...file, [field]: field === "count" ? file.count + 1 : `${file[field]}x` } : file,
      );
      assert.notEqual(merkleRoot(changed), merkleRoot(some));
    }),
  );
});

test("another order, one file less, and one file more change it", () => {
  fc.assert(
    fc.property(files, (some) => {
      fc.pre(some.length > 1 && JSON.stringify(some.toReversed()) !== JSON.stringify(some));
      const root = merkleRoot(some);
      assert.notEqual(merkleRoot(some.toReversed()), root);
      assert.notEqual(merkleRoot(some.slice(1)), root);
      assert.notEqual(merkleRoot(some.slice(0, -1)), root);
      assert.notEqual(merkleRoot([...some, ...some.slice(-1)]), root);
    }),
  );
});

test("a node cannot pass for a file", () => {
  const [a, b] = [
    { key: "a", sha256: "0".repeat(64), count: 1 },
    { key: "b", sha256: "1".repeat(64), count: 1 },
  ] as const;
  const inner = sha(Buffer.of(1), leaf(a), leaf(b)).toString("hex");
  assert.notEqual(merkleRoot([{ key: "", sha256: inner, count: 0 }]), merkleRoot([a, b]));
});
