/** Under the counts of a directory stands why planned changes are not enforced, and which command helps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { showChangeReasons } from "../../../cli/sweep/show-reasons.ts";
import { textOf } from "../../../cli/terminal/piece.ts";
import { type Change, noChanges } from "../../../lib/model/index.ts";
import { directoryRecord } from "../../report/builders.ts";
import { compile, EVERYONE } from "../../world.ts";

const POLICY = (mode: string) => `version: 1
directories:
  - { id: workforce, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com, mode: ${mode} }
${EVERYONE}`;

async function shown(
  changes: readonly Partial<Change>[],
  record: Parameters<typeof directoryRecord>[0],
  text?: string,
) {
  const lines: string[] = [];
  const screen = {
    line: (...pieces: Parameters<typeof textOf>[0][]) => void lines.push(pieces.map(textOf).join("").trim()),
    ...{ table: assert.fail, json: assert.fail, jsonLine: assert.fail },
  };
  async function* listChanges() {
    yield changes.map(
      (change, i): Change => ({
        ...{ run: "01JRUN", directory: "workforce", id: `id-${i}`, username: `jane-${i}`, rule: "everyone" },
        ...{ requirement: "enabled", before: {}, author: "a", step: 0 },
        ...change,
      }),
    );
  }
  const counts = { ...noChanges(), planned: changes.length };
  const policy = text === undefined ? undefined : compile(text);
  await showChangeReasons(screen, directoryRecord({ changes: counts, ...record }), { listChanges }, policy);
  return lines;
}

test("each reason stands once with its count, the most frequent first, and with the command that helps", async () => {
  const halted = { outcome: "refused", why: "changes are halted: INC-7" } as const;
  assert.deepEqual(
    await shown([{ outcome: "failed", why: "ERR_VENDOR_REJECTED" }, halted, halted, { outcome: "enforced" }], {}),
    [
      "2 nothing: changes were switched off: changes are halted: INC-7",
      "Allow changes again, then sweep. `switch on --reason …`",
      "1 a change was tried, and failed: ERR_VENDOR_REJECTED",
      "See which call failed, and why. `history workforce/jane-0`",
    ],
  );
});

test("a run that only looks, and a directory in mode observe, are told apart", async () => {
  assert.match((await shown([{}], { mode: "plan" }, POLICY("enforce")))[0] ?? "", /^1 nothing: this run only looks/);
  assert.match(
    (await shown([{}], { mode: "plan" }, POLICY("observe")))[0] ?? "",
    /^1 nothing: its directory is in mode observe/,
  );
});

test("nothing is said where every planned change is made", async () => {
  assert.deepEqual(await shown([], {}), []);
});
