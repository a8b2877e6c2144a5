/** JUnit XML against the constraints of Jenkins' junit-10.xsd, with every count right. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VERDICTS } from "../../../lib/model/index.ts";
import { formats } from "../../../lib/report/formats/index.ts";
import { reportRow } from "../builders.ts";
import { HOSTILE_NAMES } from "../hostile-names.ts";
import { everyKind, findFormat, head, hostileRows, incompleteHead, write } from "./sample.ts";
import { type Element, parseXml } from "./xml.ts";

const junit = findFormat(formats, "junit");

/** Of each element: attributes (`!` is required) and elements within, as in junit-10.xsd. */
const XSD: Readonly<Record<string, { readonly attributes: string; readonly children: string }>> = {
  testsuites: { attributes: "name time tests failures errors", children: "testsuite" },
  testsuite: {
    attributes: "name! tests! failures! errors! group time skipped timestamp hostname id package file log url",
    children: "testsuite properties testcase system-out system-err",
  },
  properties: { attributes: "", children: "property" },
  property: { attributes: "name! value!", children: "" },
  testcase: { attributes: "name! time classname group", children: "skipped error failure system-out system-err" },
  failure: { attributes: "type message", children: "" },
  error: { attributes: "type message", children: "" },
  skipped: { attributes: "type message", children: "" },
};

function check({ name, attributes, children }: Element): void {
  const xsd = XSD[name];
  assert.ok(xsd, `${name} is not in the schema`);
  const known = xsd.attributes.split(" ");
  for (const one of Object.keys(attributes))
    assert.ok(known.includes(one) || known.includes(`${one}!`), `${name}/@${one}`);
  for (const one of known.filter((each) => each.endsWith("!")))
    assert.ok(one.slice(0, -1) in attributes, `${name}/@${one}`);
  for (const child of children) {
    assert.ok(xsd.children.split(" ").includes(child.name), `${child.name} in ${name}`);
    check(child);
  }
}

const casesOf = (suite: Element) => suite.children.filter(({ name }) => name === "testcase");
const holding = (suite: Element, tag: string) => casesOf(suite).filter(({ children }) => children[0]?.name === tag);

function checkCounts(suite: Element): void {
  const counted = [casesOf(suite), ...["failure", "error", "skipped"].map((tag) => holding(suite, tag))];
  const said = ["tests", "failures", "errors", "skipped"].map((name) => Number(suite.attributes[name]));
  assert.deepEqual(
    said,
    counted.map(({ length }) => length),
  );
}

function read(text: string): Element {
  const root = parseXml(text);
  check(root);
  assert.equal(root.name, "testsuites");
  root.children.forEach(checkCounts);
  return root;
}

describe("junit", () => {
  test("of nobody at all is an error: a pipeline takes a file without tests for a good one", () => {
    const [suite] = read(write(junit, head, [])).children;
    assert.equal(suite?.attributes.errors, "1");
  });

  test("is valid, with every count right: any verdict, any requirement, hostile or not, of an incomplete run too", () => {
    for (const run of [head, incompleteHead]) read(write(junit, run, [...everyKind(), ...hostileRows()]));
    read(write(junit, head, []));
  });

  test("what is no XML, or has another count, is seen by this test", () => {
    const text = write(junit, head, [reportRow()]);
    assert.throws(() => read(text.replace("<failure", "<b>&nbsp;</b><failure")));
    assert.throws(() => read(text.replace("jane", "\u001b")));
    assert.throws(() => read(text.replace('failures="1"', 'failures="2"')));
    assert.throws(() => read(text.replace("</testsuite>", "")));
  });

  test("who violates fails, who could not be assessed is an error, and the others are counted", () => {
    const suites = read(write(junit, head, everyKind())).children;
    const registered = suites.find(({ attributes }) => attributes.name === "workforce: rule-registered (registered)");
    assert.ok(registered);
    assert.equal(holding(registered, "failure").length, 2);
    assert.equal(holding(registered, "error").length, 2);
    const others = casesOf(registered).filter(
      ({ children }) => !["failure", "error"].includes(children[0]?.name ?? ""),
    );
    assert.deepEqual(
      others.map(({ attributes, children }) => children[0]?.attributes.message ?? attributes.name),
      ["2 pending", "2 grace", "2 exempt", "2 out-of-scope", "compliant"],
    );
    const properties = registered.children.find(({ name }) => name === "properties")?.children ?? [];
    const compliant = properties.find(({ attributes }) => attributes.name === "compliant");
    assert.equal(compliant?.attributes.value, "2");
  });

  test("a test keeps its name from run to run, however many there are of a kind", () => {
    const namesOf = (rows: ReturnType<typeof reportRow>[]) =>
      read(write(junit, head, rows)).children.flatMap((suite) =>
        casesOf(suite).map(({ attributes }) => `${attributes.classname}: ${attributes.name}`),
      );
    const rows = (count: number) =>
      VERDICTS.flatMap((verdict) =>
        Array.from({ length: count }, (_, i) => reportRow({ id: `${verdict}-${String(i).padStart(5, "0")}`, verdict })),
      );
    const [before, after] = [namesOf(rows(201)), namesOf(rows(305))];
    assert.ok(before.length > 400);
    assert.deepEqual(before, after);
  });

  test("keeps each name in its own test", () => {
    const rows = HOSTILE_NAMES.map((username, i) => reportRow({ id: `id${i}`, username }));
    const [suite] = read(write(junit, head, rows)).children;
    assert.ok(suite);
    const names = casesOf(suite).map(({ attributes }) => attributes.name ?? "");
    assert.deepEqual(
      names.map((name) => /\(id\d+\)$/.exec(name)?.[0]),
      HOSTILE_NAMES.map((_, i) => `(id${i})`),
    );
    assert.ok(names.some((name) => name.startsWith("<script>")));
  });

  test("takes bounded room, and counts whom it does not name", () => {
    const rows = Array.from({ length: 1_000 }, (_, i) =>
      reportRow({ id: `id${i}`, verdict: i % 2 ? "violating" : "unknown" }),
    );
    const text = write(junit, head, rows);
    const [suite] = read(text).children;
    assert.ok(suite && casesOf(suite).length < 500);
    assert.match(text, /300 more violating/);
    assert.match(text, /300 more unknown/);
  });

  test("an incomplete run says so in the first line and fails", () => {
    const text = write(junit, incompleteHead, [reportRow({ verdict: "compliant" })]);
    assert.match(text.split("\n")[0] ?? "", /INCOMPLETE.*at 9 of 12/);
    assert.equal(read(text).children[0]?.attributes.errors, "1");
  });
});
