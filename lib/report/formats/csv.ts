/**
 * The population as RFC 4180 CSV, for spreadsheets first: with a byte order mark, without which Excel takes UTF-8 for its
 * own code page, and with nothing in it that a spreadsheet would calculate or take for a number or a date.
 * The heading is the same for every run. `run_status` says in each row whether the run is complete; in the first row also why
 * it is not, and on what a report of a past day rests. Where nobody was read, that row is all there is.
 */

import type { RecordedFacts } from "../../model/index.ts";
import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { incompleteWarning, openingNotice } from "./notices.ts";
import { showControls } from "./text.ts";
import { wouldBe } from "./would-be.ts";

const COLUMNS = [
  "directory",
  "vendor",
  "kind",
  "id",
  "username",
  "verdict",
  "requirement",
  "rule",
  "why",
  "since",
  "observed_at",
  "read_verdict",
  "exemption",
  "outcome",
  "outcome_why",
  "outcome_at",
  "active",
  "mfa_enabled",
  "devices",
  "population",
  "custodial",
  "run",
  // New columns come last: whoever reads by place reads on.
  "would_be",
  "priority",
  "person",
  "person_coverage",
  "devices_read_at",
  "devices_caveat",
] as const;
const HEADING = `\ufeff${["run_status", ...COLUMNS].join(",")}\r\n`;

export const csvFormat: Format = {
  name: "csv",
  file: "population.csv",
  type: "text/csv; charset=utf-8; header=present",
  purpose: "for spreadsheets",
  open: openCsv,
};

function openCsv(head: ReportHead): TableWriter {
  const warning = incompleteWarning(head);
  const state = warning === undefined ? "complete" : `INCOMPLETE (${head.status})`;
  const status = head.day === undefined ? state : `${state}, as of ${head.day}`;
  const notice = openingNotice(head);
  const statusField = `${field(status)},`;
  const firstField = notice === undefined ? statusField : `${field(`${status}. ${notice}`)},`;
  // As of a past day each directory may rest on a run of its own.
  const runFields = new Map(head.directories.map(({ id, run }) => [id, `,${field(run)}`]));
  const runField = `,${field(head.run)}`;
  let isFirst = true;
  return {
    begin: () => HEADING,
    row(row) {
      const start = isFirst ? firstField : statusField;
      isFirst = false;
      const run = runFields.get(row.directory) ?? runField;
      return `${start}${record(row)}${run},${wouldBe(row) ?? ""},${row.priority ?? 3},${personFields(row)},${factNoteFields(row)}\r\n`;
    },
    end: () => (isFirst && warning !== undefined ? `${firstField}${NOBODY}${runField},,,,,,\r\n` : ""),
  };
}

/** Empty: the policy joins nobody, or whose account it is is not known. */
const personFields = ({ belongsTo }: ReportRow): string =>
  belongsTo === undefined ? "," : `${field(belongsTo.person)},${belongsTo.coverage}`;

/** Empty: the devices were read with the rest, or nobody asked for them; and all that there are show. */
const factNoteFields = ({ factsReadAt, factCaveats }: ReportRow): string =>
  `${factsReadAt?.devices ?? ""},${factCaveats?.devices ?? ""}`;

/** Every column of an account, with nothing in it. */
const NOBODY = ",".repeat(COLUMNS.indexOf("run") - 1);

const record = (row: ReportRow): string =>
  `${field(row.directory)},${row.vendor},${row.kind},${field(row.id)},${field(row.username)},${row.verdict},` +
  `${row.requirement ?? ""},${field(row.rule)},${field(row.why)},${row.since},${row.observedAt},` +
  `${row.read},${field(row.exemption)},${row.outcome ?? ""},${field(row.outcomeWhy)},${row.outcomeAt ?? ""},` +
  factFields(row.factsAfter ?? row.facts) +
  (row.custodial ? ",yes" : ",");

const factFields = ({ active, enabled, devices, population }: RecordedFacts): string =>
  `${fact(active)},${fact(enabled)},${fact(devices)},${fact(population)}`;

/** Empty: the verdict does not rest on it. */
function fact(value: unknown): string {
  if (value === undefined) return "";
  if (value === null) return "unknown";
  return typeof value === "boolean"
    ? String(value)
    : field(Array.isArray(value) ? value.join(" ") || "none" : String(value));
}

/** Anything that must be looked at more closely: a quote, a separator, what may begin a formula, a number or a date, or no ASCII. */
const SPECIAL =
  /[",;|]|^'|^ *[=+@\d.$(-]|[^\x20-\x7e]|^ *(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|true|false)/i;

/** What a spreadsheet takes for the beginning of a formula, its full-width forms too, as the first thing that shows. */
const FORMULA = /^[\s\u200b-\u200d\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
/** The same behind another separator: where `;` divides the columns, a cell begins behind each. */
const INNER_FORMULA = /([;,|"])([\s\u200b-\u200d\u2060\ufeff]*)([=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** What a spreadsheet takes for a value, so that `0012345` loses its zeros and `may5` becomes a day. */
const NUMBER = /^[$(]?[.,]?\d[\d.,]*(?:e[+-]?\d+)?[%)]?$/i;
const DATE = /^\d{1,4}(?:[-/.: ]\d{1,4}){1,3}(?: ?[ap]m)?$/i;
const MONTH =
  /^(?=.*\d)(?:\d{1,4}[-/. ]?)?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?:[-/. ]?\d{1,4}){0,2}$/i;
const TRUTH = /^(?:true|false)$/i;

const isTakenForValue = (text: string): boolean =>
  [NUMBER, DATE, MONTH, TRUTH].some((value) => value.test(text.trim()));

/**
 * An apostrophe stands before what would not stay text, as OWASP advises, and before a leading apostrophe: to read a cell, take one
 * leading apostrophe away. https://owasp.org/www-community/attacks/CSV_Injection
 */
export function field(text: string | undefined): string {
  if (text === undefined) return "";
  if (!SPECIAL.test(text)) return text;
  const shown = showControls(text).replace(INNER_FORMULA, "$1$2'$3");
  const isMarked = shown.startsWith("'") || FORMULA.test(shown) || isTakenForValue(shown);
  const harmless = isMarked ? `'${shown}` : shown;
  return /[",;|]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
