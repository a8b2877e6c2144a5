/** Every kind of item that the ledger has is one that a deployed role may be given. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Sort keys, and the partition of an index: roles are not given by these. */
const NO_PARTITIONS = ["CHANGE", "DECISION", "DIRECTORY", "EVENT", "OPEN", "PLAN", "REBASE", "TURN"];

test("a partition that lib/ledger/keys.ts makes is a kind of infra/ledger.ts: without it AWS refuses the item", () => {
  const made = [...textOf("lib/ledger/keys.ts").matchAll(/[`"]([A-Z]+)#/g)].map(([, kind = ""]) => kind);
  const partitions = [...new Set(made)].filter((kind) => !NO_PARTITIONS.includes(kind));
  const [, listed = ""] = /type Kind =\s+([^;]+);/.exec(textOf("infra/ledger.ts")) ?? [];
  const kinds = [...listed.matchAll(/"(\w+)"/g)].map(([, kind]) => kind);
  assert.deepEqual(partitions.toSorted(), kinds.toSorted());
});
