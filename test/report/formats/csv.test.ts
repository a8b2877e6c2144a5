/** What a spreadsheet and a program can rely on in the CSV. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formats } from "../../../lib/report/formats/index.ts";
import { reportRow } from "../builders.ts";
import { everyKind, findFormat, head, hostileRows, incompleteHead, write } from "./sample.ts";

const csv = findFormat(formats, "csv");

/** RFC 4180 to the letter: throws on what it does not allow. */
function parse(text: string, separator = ","): string[][] {
  const records: string[][] = [];
  for (let at = 0, record: string[] = []; at < text.length; ) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(text.slice(at));
    const plain = quoted ? undefined : /^[^"\r\n]*?(?=[,\r]|$)/.exec(text.slice(at));
    const whole = quoted ?? plain;
    assert.ok(whole, `no field at ${at}: ${text.slice(at, at + 40)}`);
    record.push(quoted ? (quoted[1] ?? "").replaceAll('""', '"') : whole[0]);
    at += whole[0].length;
    if (text[at] === separator) at++;
    else {
      assert.equal(text.slice(at, at + 2), "\r\n", `no end of a record at ${at}`);
      at += 2;
      records.push(record);
      record = [];
    }
  }
  return records;
}

const read = (text: string) => {
  assert.equal(text[0], "\ufeff");
  const [names = [], ...records] = parse(text.slice(1));
  return { names, records, objects: records.map((one) => Object.fromEntries(names.map((name, i) => [name, one[i]]))) };
};

describe("csv", () => {
  test("begins with a byte order mark and has one record per account, all as long as the heading", () => {
    const { names, records } = read(write(csv, head, everyKind()));
    assert.equal(records.length, everyKind().length);
    for (const record of records) assert.equal(record.length, names.length);
  });

  test("tells what is known of an account, and leaves empty what is not asked", () => {
    const facts = { active: true, enabled: null, devices: ["sms", "totp(unusable)"] };
    const { objects } = read(write(csv, head, [reportRow({ facts, exemption: "x" }), reportRow({ facts: {} })]));
    const [first, second] = objects;
    assert.deepEqual(
      [first?.run_status, first?.active, first?.mfa_enabled, first?.devices, first?.population, first?.exemption],
      ["complete", "true", "unknown", "sms totp(unusable)", "", "x"],
    );
    assert.deepEqual([second?.active, second?.mfa_enabled, second?.outcome], ["", "", ""]);
  });

  test("shows the facts as they are after a change", () => {
    const { objects } = read(write(csv, head, everyKind()));
    const enforced = objects.find(({ id }) => id === "enforced");
    assert.deepEqual(
      [enforced?.verdict, enforced?.read_verdict, enforced?.mfa_enabled],
      ["compliant", "violating", "true"],
    );
  });

  test("keeps each hostile name one field, and the file one record a line", () => {
    const text = write(csv, head, hostileRows());
    const { names, records } = read(text);
    assert.equal(records.length, hostileRows().length);
    for (const record of records) assert.equal(record.length, names.length);
    assert.equal(text.split(/[\r\n\u0085\u2028\u2029]+/).length, records.length + 2);
    assert.doesNotMatch(text.replaceAll("\r\n", ""), /[\p{Cc}\u200f\u202a-\u202e]/u);
    assert.ok(text.isWellFormed());
  });

  test("lets nothing be calculated, whatever divides the columns", () => {
    const text = write(csv, head, hostileRows()).slice(1);
    const formula = /^[\s\u200b-\u200d\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
    const cells = [...parse(text).flat(), ...text.split(/[;\t,|\r\n]/)].map((cell) => cell.replace(/^"/, ""));
    assert.deepEqual(
      cells.filter((cell) => formula.test(cell)),
      [],
    );
    assert.ok(cells.some((cell) => cell.startsWith("'=HYPERLINK")));
  });

  test("leaves alone what is no formula", () => {
    const { objects } = read(write(csv, head, [reportRow({ username: "anna-lena+mfa=x@example.com" })]));
    assert.equal(objects[0]?.username, "anna-lena+mfa=x@example.com");
  });

  test("says in its first line, and in every row, that a run is incomplete; every other column stays where it is", () => {
    const complete = read(write(csv, head, [reportRow()]));
    const text = write(csv, incompleteHead, [reportRow()]);
    const incomplete = read(text);
    assert.match(text.split("\r\n")[0] ?? "", /INCOMPLETE.*at 9 of 12/);
    assert.deepEqual(incomplete.names.slice(1), complete.names.slice(1));
    assert.match(incomplete.records[0]?.[0] ?? "", /^INCOMPLETE/);
    assert.doesNotMatch(write(csv, head, [reportRow()]), /INCOMPLETE/);
  });

  test("says that a run which ended badly is incomplete, even when nobody said why", () => {
    assert.match(write(csv, { ...head, status: "refused" }, []), /INCOMPLETE/);
  });
});
