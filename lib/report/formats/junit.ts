/**
 * The run as JUnit XML, for a pipeline that shows tests: a suite for each directory and rule. Each account that violates is a
 * failure and each that could not be assessed an error, up to a bound; one more test counts the rest, and one each stands for
 * all that are compliant, exempt or not due yet (skipped). An incomplete run begins with a suite that has an error. Suites
 * and tests have the same names from run to run, so that a pipeline knows them again: numbers stand in messages and properties.
 * Valid by Jenkins' junit-10.xsd: https://github.com/jenkinsci/xunit-plugin
 */

import { noVerdicts, VERDICTS, type Verdict, type VerdictCounts } from "../../model/index.ts";
import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { csvFormat } from "./csv.ts";
import { incompleteWarning, openingNotice } from "./notices.ts";
import { shorten, showControls } from "./text.ts";

export const junitFormat: Format = {
  name: "junit",
  file: "junit.xml",
  type: "application/xml",
  purpose: "for pipelines",
  open: openJunit,
};

/** These bound the memory that a table takes. */
const MAX_CASES_IN_SUITE = 200;
const MAX_CASES_IN_FILE = 5_000;

interface Suite {
  readonly name: string;
  readonly verdicts: Record<Verdict, number>;
  /** Test cases as XML. */
  readonly cases: { readonly violating: string[]; readonly unknown: string[] };
}

function openJunit(head: ReportHead): TableWriter {
  const suites = new Map<string, Suite>();
  let cases = 0;
  function suiteOf({ directory, rule = "no rule", requirement = "none" }: ReportRow): Suite {
    const name = `${directory}: ${rule} (${requirement})`;
    const suite = suites.get(name) ?? { name, verdicts: noVerdicts(), cases: { violating: [], unknown: [] } };
    suites.set(name, suite);
    return suite;
  }
  return {
    begin: () => opening(head),
    row(row) {
      const suite = suiteOf(row);
      suite.verdicts[row.verdict]++;
      if (row.verdict !== "violating" && row.verdict !== "unknown") return "";
      const list = suite.cases[row.verdict];
      if (list.length >= MAX_CASES_IN_SUITE || cases >= MAX_CASES_IN_FILE) return "";
      cases++;
      list.push(openCase(suite.name, row, row.verdict));
      return "";
    },
    end() {
      const all = suites.size > 0 ? Array.from(suites.values(), (suite) => suiteXml(suite, head)) : [emptySuite(head)];
      return `${all.join("")}</testsuites>\n`;
    },
  };
}

function opening(head: ReportHead): string {
  const warning = incompleteWarning(head);
  const name = openingNotice(head) ?? `mfa-warden run ${head.run}`;
  const start = `<?xml version="1.0" encoding="UTF-8"?><testsuites name="${xml(name)}">\n`;
  if (warning === undefined) return start;
  const error = testcase(
    "run",
    "every account was read and judged",
    `<error type="incomplete" message="${xml(warning)}"/>`,
  );
  return `${start}${testsuite("run", head, { tests: 1, failures: 0, errors: 1, skipped: 0 }, error)}`;
}

/** A pipeline takes a file without tests for a good one. */
function emptySuite(head: ReportHead): string {
  const error = testcase("run", "somebody was read", '<error type="empty" message="Not one account was read."/>');
  return testsuite("nobody", head, { tests: 1, failures: 0, errors: 1, skipped: 0 }, error);
}

function openCase(suite: string, row: ReportRow, verdict: "violating" | "unknown"): string {
  const { username, id, why, outcome, outcomeWhy, since } = row;
  const tried = outcome === undefined ? "" : ` Tried: ${outcome}${outcomeWhy ? ` (${outcomeWhy})` : ""}.`;
  const tag = verdict === "violating" ? "failure" : "error";
  const message = xml(shorten(`${why}${tried} Since ${since}.`, 1_000));
  return testcase(
    suite,
    `${shorten(username, 1_000)} (${shorten(id, 300)})`,
    `<${tag} type="${verdict}" message="${message}"/>`,
  );
}

function suiteXml({ name, verdicts, cases }: Suite, head: ReportHead): string {
  const failures = [
    ...cases.violating,
    ...uncountedCase(name, "failure", "violating", verdicts.violating - cases.violating.length),
  ];
  const errors = [
    ...cases.unknown,
    ...uncountedCase(name, "error", "unknown", verdicts.unknown - cases.unknown.length),
  ];
  const passed = verdicts.compliant > 0 ? [testcase(name, "compliant")] : [];
  const skipped = SKIPPED.filter((verdict) => verdicts[verdict] > 0).map((verdict) =>
    testcase(name, verdict, `<skipped message="${verdicts[verdict]} ${verdict}"/>`),
  );
  const counts = { failures: failures.length, errors: errors.length, skipped: skipped.length };
  const tests = failures.length + errors.length + skipped.length + passed.length;
  const all = [...properties(verdicts), ...failures, ...errors, ...skipped, ...passed].join("");
  return testsuite(name, head, { tests, ...counts }, all);
}

/** Verdicts that a pipeline shows as skipped. */
const SKIPPED = ["pending", "grace", "exempt", "out-of-scope"] as const;

function uncountedCase(suite: string, tag: "failure" | "error", verdict: Verdict, more: number): string[] {
  if (more === 0) return [];
  const message = `${more} more ${verdict}; ${csvFormat.file} lists them all.`;
  return [testcase(suite, `more ${verdict}`, `<${tag} type="${verdict}" message="${message}"/>`)];
}

function properties(verdicts: VerdictCounts): string[] {
  const lines = VERDICTS.map((verdict) => `<property name="${verdict}" value="${verdicts[verdict]}"/>`);
  return ["<properties>", ...lines, "</properties>\n"];
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

function testsuite(name: string, { startedAt }: ReportHead, counts: Counts, inside: string): string {
  const numbers = Object.entries(counts).map(([key, value]) => `${key}="${value}"`);
  // Jenkins' and Ant's schemas know no fractions of a second and no zone here.
  return `<testsuite name="${xml(name)}" ${numbers.join(" ")} time="0" timestamp="${startedAt.slice(0, 19)}">\n${inside}</testsuite>\n`;
}

const testcase = (suite: string, name: string, inside = ""): string =>
  `<testcase classname="${xml(suite)}" name="${xml(name)}" time="0">${inside}</testcase>\n`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const xml = (text: string): string => showControls(text).replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
