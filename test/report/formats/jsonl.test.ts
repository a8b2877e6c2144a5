/** What a program can rely on in the JSON Lines. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formats } from "../../../lib/report/formats/index.ts";
import { reportRow } from "../builders.ts";
import { HOSTILE_NAMES } from "../hostile-names.ts";
import { everyKind, findFormat, head, hostileRows, incompleteHead, linesOf, write } from "./sample.ts";

const jsonl = findFormat(formats, "jsonl");
const read = (text: string): unknown[] => linesOf(text).map((line) => JSON.parse(line));

describe("jsonl", () => {
  test("is the run, one line per account as it was given, and the counts", () => {
    const rows = everyKind();
    const [first, ...rest] = read(write(jsonl, head, rows));
    assert.deepEqual(first, { complete: true, kind: "run", ...head });
    assert.deepEqual(rest.slice(0, -1), rows);
    const verdicts = {
      compliant: 13,
      pending: 12,
      violating: 12,
      grace: 12,
      exempt: 12,
      unknown: 12,
      "out-of-scope": 12,
    };
    assert.deepEqual(rest.at(-1), { kind: "end", run: head.run, rows: rows.length, verdicts });
  });

  test("without accounts still has a beginning and an end", () => {
    assert.deepEqual(read(write(jsonl, head, [])).at(-1), { kind: "end", run: head.run, rows: 0, verdicts: {} });
  });

  test("keeps every name on its line, whole, and shows no terminal or reader of lines what it would obey", () => {
    const text = write(jsonl, head, hostileRows());
    const records = read(text);
    assert.equal(records.length, hostileRows().length + 2);
    assert.equal(text.split(/[\r\n\u0085\u2028\u2029]/).length, records.length + 1);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u200f\u202a-\u202e]/u);
    assert.doesNotMatch(text, /(?<!\\)(\\\\)*\\ud8/);
    const names = records.slice(1, -1).map((record) => JSON.parse(JSON.stringify(record)).username);
    assert.deepEqual(
      [...new Set(names)],
      HOSTILE_NAMES.map((name) => name.toWellFormed()),
    );
  });

  test("keeps a backslash that looks like an escape", () => {
    const [, record] = read(write(jsonl, head, [reportRow({ username: "a\\ud800\u202e" })]));
    assert.equal(JSON.parse(JSON.stringify(record)).username, "a\\ud800\u202e");
  });

  test("says first that a run is incomplete", () => {
    const first = linesOf(write(jsonl, incompleteHead, []))[0] ?? "";
    assert.match(first, /^\{"complete":false,"warning":"INCOMPLETE: .*at 9 of 12/);
  });
});
