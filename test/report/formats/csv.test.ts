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

  test("keeps text what looks like a number, a date or a truth value, and one apostrophe less gives the name back", () => {
    const names = [
      "0012345",
      "1e5",
      "=cmd",
      "+49",
      "12/24",
      "may5",
      "3-Oct",
      "TRUE",
      "5%",
      ".5",
      "'quoted",
      "12345678901234567890",
    ];
    const { objects } = read(
      write(
        csv,
        head,
        names.map((username) => reportRow({ username })),
      ),
    );
    assert.deepEqual(
      objects.map(({ username }) => username),
      names.map((name) => `'${name}`),
    );
    const plain = [
      "mary5",
      "marcus",
      "maya",
      "octavia1x",
      "truest",
      "05ad3cc6-8723-4f85-9711-05ad549717f6",
      "o'hara",
      "7up",
    ];
    const left = read(
      write(
        csv,
        head,
        plain.map((username) => reportRow({ username })),
      ),
    ).objects;
    assert.deepEqual(
      left.map(({ username }) => username),
      plain,
    );
  });

  test("has one heading for all runs; an incomplete one is told in every row, and why in the first", () => {
    const rows = [reportRow(), reportRow({ id: "second" })];
    const complete = write(csv, head, rows);
    const text = write(csv, incompleteHead, rows);
    assert.equal(text.split("\r\n")[0], complete.split("\r\n")[0]);
    const [first, second] = read(text).objects;
    assert.match(first?.run_status ?? "", /^INCOMPLETE \(incomplete\).*at 9 of 12/);
    assert.equal(second?.run_status, "INCOMPLETE (incomplete)");
    assert.doesNotMatch(complete, /INCOMPLETE/);
  });

  test("says which past day it is of in every row, in the first one on what it rests, under the same heading", () => {
    const past = {
      ...head,
      asOf: "2026-10-02T00:00:00.000Z",
      day: "2026-10-01",
      basis: ["workforce: rests on run X."],
    };
    const text = write(csv, past, [reportRow(), reportRow()]);
    assert.equal(text.split("\r\n")[0], write(csv, head, []).split("\r\n")[0]);
    const [first, second] = read(text).objects;
    assert.match(first?.run_status ?? "", /^complete, as of 2026-10-01\. As of .*workforce: rests on run X\.$/);
    assert.equal(second?.run_status, "complete, as of 2026-10-01");
  });

  test("of an incomplete run that read nobody has one row, which says so", () => {
    const { objects, names, records } = read(write(csv, incompleteHead, []));
    assert.equal(records[0]?.length, names.length);
    assert.match(objects[0]?.run_status ?? "", /^INCOMPLETE.*at 9 of 12/);
    assert.deepEqual([objects.length, objects[0]?.id, objects[0]?.run], [1, "", "01JRUN"]);
  });

  test("says that a run which ended badly is incomplete, even when nobody said why", () => {
    assert.match(write(csv, { ...head, status: "refused" }, []), /INCOMPLETE/);
  });
});
